import { expect, it } from "vitest";
import {
  actedRun,
  actedScene,
  type Act,
  answers,
  capped,
  resultOf,
  runActed,
} from "../support/acted-claude.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { expectExit, type Scene } from "../support/longhaul.ts";

const STARTS = 4;
const NO_WAIT = { args: ["--no-wait"] };
/** One try a start. */
const ONE_TRY = { AGENT_MAX_INVOKE_RETRIES: "0" };
/** Only where the CLI is silent, and long enough for one that speaks on a busy machine. */
const IMPATIENT = { AGENT_FIRST_EVENT_TIMEOUT_S: "5" };
const refused = (status: number, text: string): Act => ({
  says: [resultOf(text, { is_error: true, api_error_status: status })],
});
const IN_A_DAY_S = Math.floor(Date.now() / 1000) + 86_400;

it.for([
  { what: "answers 503", act: refused(503, "Service unavailable"), waitsFor: "backoff" },
  { what: "answers 529", act: refused(529, "Overloaded"), waitsFor: "backoff" },
  { what: "answers 401", act: refused(401, "Invalid authentication credentials"), waitsFor: "park" },
  { what: "says nothing", act: { says: [], holds: true }, waitsFor: "backoff", knobs: IMPATIENT },
  { what: "ends in the middle of its stream", act: { says: [] }, waitsFor: "backoff" },
  { what: "tells of a weekly cap", act: capped(IN_A_DAY_S), waitsFor: "cap" },
])("the CLI $what, start after start", async ({ what, act, waitsFor, knobs = {} }, { task }) => {
  const env = { ...ONE_TRY, ...knobs };
  const bad = Array.from({ length: STARTS }, (_, index) => [index + 2, act] as const);
  const scene = actedScene({
    1: answers("I would rather not."),
    ...Object.fromEntries(bad),
    [STARTS + 2]: answers('{"answer": 42}'),
  });
  const invented: unknown[] = [];
  for (let start = 1; start <= STARTS; start += 1) {
    expectExit(75, await runActed(scene, env, NO_WAIT));
    expect(stateOf(scene)).toMatchObject({ exit_code: null, waiting: { for: waitsFor } });
    invented.push(...inventedBy(scene));
  }
  expect(invented).toEqual([]);
  expectExit(0, await runActed(scene, env, NO_WAIT));
  const run = actedRun(scene);
  expect(run.json("context.json")).toEqual({ answer: 42 });
  const asked = run.ofType("attempt.started");
  expect(asked).toHaveLength(STARTS + 2);
  const reframes = asked.filter(({ mode }) => mode === "reframe");
  expect(reframes).toEqual([]);
  recordFault(task, {
    promise: 2,
    fault: `the CLI ${what}`,
    how: "starts with --no-wait of a run whose agent has a default for its output",
    injected: STARTS,
    found: {
      "answers invented": invented.length,
      "simpler asks used up": reframes.length,
      "turns beyond one for each start": asked.length - STARTS - 2,
    },
    outcome: "exit 75 with the wait in the journal; the first start that gets through goes on, all genuine",
  });
});

const stateOf = (scene: Scene) => actedRun(scene).json("run.json");

/** Whatever would make an unanswered step look answered. */
function inventedBy(scene: Scene): readonly unknown[] {
  const run = actedRun(scene);
  const context = run.json("context.json");
  const state = run.json("run.json");
  return [...run.ofType("step.finished"), ...Object.keys(context), ...Object.keys(state["defaulted"] ?? {})];
}
