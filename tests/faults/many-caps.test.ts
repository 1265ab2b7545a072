import { expect, it } from "vitest";
import type { Failure } from "../../src/core/failure.ts";
import { backoffMs, jitterFrom } from "../../src/recovery/backoff.ts";
import type { Policy } from "../../src/recovery/policy.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { failing, START_MS } from "../support/scripted-ports.ts";
import { settingsOf, sha256 } from "../support/scripted-run.ts";
import { STORED_UUID, storedRun, type StoredRun } from "../support/stored-run.ts";

const HOUR_MS = 3_600_000;
const CAPS = 60;
const nodes = [
  { id: "work", type: "agent", prompt: "p.md", outputs: [{ key: "plan", default: "nothing" }], next: "done" },
  { id: "done", type: "terminal" },
] as const;

it.for([
  {
    reset: "in two hours each time",
    environment: {},
    resetsAtMs: (nowMs: number) => nowMs + 2 * HOUR_MS,
    plannedMs: (policy: Policy) => 2 * HOUR_MS + policy.capWaitMarginMs,
  },
  {
    reset: "never named",
    environment: {},
    resetsAtMs: () => undefined,
    plannedMs: (policy: Policy) => policy.capDefaultWaitMs,
  },
  {
    reset: "in the past, since the clock here is a day ahead",
    environment: { AGENT_MAX_CAP_WAITS: "20" },
    resetsAtMs: () => START_MS - 24 * HOUR_MS,
    plannedMs: (policy: Policy) => policy.backoffBaseMs,
  },
])("a cap is met again and again, its reset $reset", async ({ reset, environment, ...times }, { task }) => {
  const { run, outcome } = cappedRun(environment, times.resetsAtMs);
  const state = await run.start();
  const { policy } = run.settings;
  const directory = run.directory();
  const waits = directory.ofType("wait.started");
  const expected = Array.from({ length: CAPS }, (_, index) =>
    index < policy.maxCapWaits
      ? { for: "cap", plannedMs: times.plannedMs(policy) }
      : { for: "park", plannedMs: parkMs(policy, index) },
  );
  expect(waits.map((wait) => ({ for: wait.for, plannedMs: wait.planned_ms }))).toEqual(expected);
  const attempts = directory.ofType("attempt.started");
  expect(attempts).toHaveLength(CAPS + 1);
  expect(new Set(attempts.map(({ mode }) => mode))).toEqual(new Set(["task"]));
  expect(state.status).toMatchObject({ kind: "finished", exit_code: 0 });
  expect(state.defaulted).toEqual([]);
  const firstPark = waits.findIndex((wait) => wait.for === "park");
  expect(firstPark).toBe(policy.maxCapWaits);
  recordFault(task, {
    promise: [2, 3],
    fault: "a cap is met again and again in one step",
    how: `turns capped in a row, the reset ${reset}; AGENT_MAX_CAP_WAITS ${policy.maxCapWaits}`,
    injected: outcome.met(),
    found: {
      "waits for the cap": firstPark,
      "parks after them": waits.length - firstPark,
      "shortest ms between two looks": Math.min(...waits.map(({ planned_ms }) => planned_ms)),
      "outputs defaulted": state.defaulted.length,
    },
    outcome: "after the last allowed wait the run parks, and goes on by itself when the cap is gone",
  });
});

function cappedRun(
  environment: Readonly<Record<string, string>>,
  resetsAtMs: (nowMs: number) => number | undefined,
) {
  let met = 0;
  const run: StoredRun = storedRun({
    settings: settingsOf({ nodes, environment }),
    outcome: () => {
      if (met === CAPS) return undefined;
      met += 1;
      const resets_at_ms = resetsAtMs(run.clock.now());
      const cap: Failure = { class: "cap", reason: "session", message: "Usage limit." };
      return failing(resets_at_ms === undefined ? cap : { ...cap, resets_at_ms });
    },
  });
  return { run, outcome: { met: () => met } };
}

/** The park after the n-th attempt (from 0) by the policy's formula. */
const parkMs = (policy: Policy, attempt: number): number =>
  backoffMs({
    baseMs: policy.backoffBaseMs * 4,
    capMs: policy.backoffCapMs * 2,
    retries: attempt - policy.maxCapWaits,
    jitter: jitterFrom(sha256(`${STORED_UUID}/1/${attempt + 1}`)),
  });
