import { expect, it } from "vitest";
import {
  actedRun,
  actedScene,
  type Act,
  answers,
  capped,
  compacts,
  killAtAct,
  modelSays,
  overflows,
  runActed,
} from "../support/acted-claude.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { type Scene } from "../support/longhaul.ts";
import { fold } from "../support/scripted-run.ts";

const recoveryOf = (scene: Scene) => fold(actedRun(scene).events).open?.recovery;
const modesOf = (scene: Scene) =>
  actedRun(scene)
    .ofType("attempt.started")
    .map(({ mode }) => mode);
/** Every counter of the ladder together: what a kill must not move. */
const rungsOf = (scene: Scene): number => {
  const recovery = recoveryOf(scene);
  if (recovery === undefined) throw new Error("No step is open.");
  const { output_retries, reframes, timeouts, compactions } = recovery;
  return output_retries + reframes + timeouts + compactions;
};
const CLIMBED = { output_retries: 0, invoke_retries: 0, reframes: 0, timeouts: 0, compactions: 0, parks: 0 };

it.for([
  { most: 20, env: {} },
  { most: 3, env: { AGENT_MAX_INTERRUPTIONS: "3" } },
])("a run killed $most times in one turn gives up, and says so", async ({ most, env }, { task }) => {
  const scene = actedScene({});
  for (let kills = 1; kills <= most; kills += 1) await killAtAct(scene, kills, env);
  const last = await runActed(scene, env);
  expect(last.code).toBe(6);
  expect(last.stderr).toContain(
    `ask was interrupted ${most} times without new model output (AGENT_MAX_INTERRUPTIONS).`,
  );
  const run = actedRun(scene);
  expect(recoveryOf(scene)).toMatchObject({ ...CLIMBED, interruptions: most });
  expect(new Set(modesOf(scene))).toEqual(new Set(["task"]));
  expect(run.ofType("attempt.started").map(({ attempt }) => attempt)).toEqual(
    Array.from({ length: most }, (_, index) => index + 1),
  );
  expect(run.ofType("step.finished")).toEqual([]);
  const charged = run.ofType("attempt.interrupted").reduce((sum, { ran_ms }) => sum + ran_ms, 0);
  expect(fold(run.events).open?.charged_ms).toBe(charged);
  const given = run.ofType("attempt.started").map(({ timeout_ms }) => timeout_ms);
  const ran = run.ofType("attempt.interrupted").map(({ ran_ms }) => ran_ms);
  for (const [index, timeoutMs] of given.slice(1).entries())
    expect(timeoutMs).toBe((given[index] ?? 0) - (ran[index] ?? 0));
  recordFault(task, {
    promise: 3,
    fault: "a run is killed again and again in the same turn",
    how: `SIGKILL of the runner once its agent is at work; AGENT_MAX_INTERRUPTIONS ${most}`,
    injected: most,
    found: {
      "rungs climbed": rungsOf(scene),
      "attempts counted": given.length,
      "time won back (ms)": charged - (fold(run.events).open?.charged_ms ?? 0),
    },
    outcome: "exit 6 that names the count and the knob",
  });
});

it("new model output takes the count back", async () => {
  const env = { AGENT_MAX_INTERRUPTIONS: "2" };
  const scene = actedScene({ 2: { says: [modelSays("I have begun.")], holds: true } });
  for (let kills = 1; kills <= 4; kills += 1)
    await killAtAct(scene, kills, env, kills === 2 ? "I have begun." : "");
  expect((await runActed(scene, env)).code).toBe(6);
  expect(
    actedRun(scene)
      .ofType("attempt.interrupted")
      .map(({ progressed }) => progressed),
  ).toEqual([false, true, false, false]);
});

const HOLDS: Act = { says: [], holds: true };
const GOOD = answers('{"answer": 42}');

it("a kill in a corrective turn costs no second corrective turn", async ({ task }) => {
  const scene = actedScene({ 1: answers("I would rather not."), 2: HOLDS, 3: GOOD });
  await killAtAct(scene, 2);
  expect(recoveryOf(scene)).toMatchObject({ output_retries: 1, reframes: 0 });
  expect((await runActed(scene)).code).toBe(0);
  expect(modesOf(scene)).toEqual(["task", "correct", "continue"]);
  expect(actedRun(scene).ofType("attempt.started").at(-1)?.prompt).toContain("answer");
  expect(actedRun(scene).ofType("step.finished")).toMatchObject([
    { sources: { answer: { source: "repaired" } } },
  ]);
  recordFault(task, {
    promise: 3,
    fault: "the runner is killed in a corrective turn",
    how: "SIGKILL of the runner while its agent is asked again",
    injected: 1,
    found: {
      "corrective turns used": modesOf(scene).filter((mode) => mode === "correct").length,
      reframes: modesOf(scene).filter((mode) => mode === "reframe").length,
    },
    outcome: "goes on in the same session, with the complaint",
  });
});

it("a kill in a compaction costs no second one", async ({ task }) => {
  const scene = actedScene({
    1: overflows,
    2: { says: [modelSays("I sum up.")], holds: true },
    3: compacts,
    4: GOOD,
  });
  await killAtAct(scene, 2, {}, "I sum up.", "compactions/01");
  expect((await runActed(scene)).code).toBe(0);
  const run = actedRun(scene);
  expect(run.ofType("compact.started").map(({ compaction }) => compaction)).toEqual([1, 1]);
  expect(modesOf(scene)).toEqual(["task", "resend"]);
  expect(run.ofType("step.finished")).toMatchObject([{ sources: { answer: { source: "agent" } } }]);
  const said = (folder: string) => run.text("ask/compactions", folder, "events.jsonl");
  expect(said("01")).toContain("I sum up.");
  expect(said("02")).toContain("compact_result");
  recordFault(task, {
    promise: 3,
    fault: "the runner is killed in a compaction",
    how: "SIGKILL of the runner while the CLI makes the session smaller",
    injected: 1,
    found: {
      "compactions counted": Math.max(...run.ofType("compact.started").map(({ compaction }) => compaction)),
      reframes: modesOf(scene).filter((mode) => mode === "reframe").length,
    },
    outcome: "the compaction is made again, then the task is asked again in the session",
  });
});

it("a kill in a probe leaves the cap wait as it was", async ({ task }) => {
  const resetsAt = Math.floor(Date.now() / 1000) + 4 * 3600;
  const scene = actedScene({ 1: capped(resetsAt), 2: HOLDS, 3: HOLDS, 4: answers("OK"), 5: GOOD });
  const env = { AGENT_CAP_PROBE_S: "1" };
  await killAtAct(scene, 2, env);
  const waiting = actedRun(scene).json("run.json")["waiting"];
  await killAtAct(scene, 3, env);
  expect(actedRun(scene).json("run.json")["waiting"]).toEqual(waiting);
  expect((await runActed(scene, env)).code).toBe(0);
  const run = actedRun(scene);
  expect(run.ofType("wait.started")).toHaveLength(1);
  expect(run.ofType("wait.finished")).toMatchObject([{ how: "probe" }]);
  expect(run.ofType("attempt.started")).toHaveLength(2);
  expect(run.ofType("probe.started").map(({ probe }) => probe)).toEqual([1, 2, 3]);
  expect(run.ofType("probe.finished")).toMatchObject([{ probe: 3, ok: true }]);
  recordFault(task, {
    promise: 3,
    fault: "the runner is killed while it looks whether a cap is lifted",
    how: "SIGKILL of the runner in a probe, twice",
    injected: 2,
    found: {
      "waits begun": run.ofType("wait.started").length,
      "attempts counted for the probes": run.ofType("attempt.started").length - 2,
      "looks in the journal": run.ofType("probe.started").length,
    },
    outcome: "the same wait to the same moment; the next look ends it",
  });
});
