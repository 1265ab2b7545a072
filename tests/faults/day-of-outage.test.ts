import { expect, it } from "vitest";
import type { Failure } from "../../src/core/failure.ts";
import { backoffMs, jitterFrom, JITTER_SHARE } from "../../src/recovery/backoff.ts";
import type { Policy } from "../../src/recovery/policy.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { failing, START_MS, type Outcome } from "../support/scripted-ports.ts";
import { settingsOf, sha256 } from "../support/scripted-run.ts";
import { STORED_UUID, storedRun, type StoredRun } from "../support/stored-run.ts";

const HOUR_MS = 3_600_000;
const OUTAGE_ENDS_MS = START_MS + 24 * HOUR_MS;
const TURN_MS = 2000;
const unavailable: Failure = { class: "transient", reason: "server_error", message: "503 Unavailable." };

const nodes = [
  {
    id: "work",
    type: "agent",
    prompt: "p.md",
    outputs: [{ key: "plan", default: "nothing" }],
    next: "check",
  },
  { id: "check", type: "branch", path: "plan.flag", cases: { genuine: "done" }, default: "gave_up" },
  { id: "done", type: "terminal" },
  { id: "gave_up", type: "fail" },
] as const;

it.for([
  { environment: {}, restarts: 0, what: "as the knobs are" },
  { environment: {}, restarts: 12, what: "as the knobs are, stopped and started again 12 times" },
  {
    environment: { AGENT_RETRY_WAIT_BUDGET_S: "10800" },
    restarts: 0,
    what: "AGENT_RETRY_WAIT_BUDGET_S 10800",
  },
  { environment: { AGENT_MAX_INVOKE_RETRIES: "0" }, restarts: 0, what: "AGENT_MAX_INVOKE_RETRIES 0" },
])("the API is down for 24 hours: $what", async ({ environment, restarts, what }, { task }) => {
  const run = outageRun(environment);
  let state = await run.start(stopAfter(restarts > 0 ? 60 : Infinity));
  for (let again = 1; again <= restarts; again += 1) {
    expect(state.status.kind).toBe("interrupted");
    expect(run.directory().json("run.json")["defaulted"]).toEqual([]);
    state = await run.start(stopAfter(again < restarts ? 60 : Infinity));
  }
  const expected = waitsOfPolicy(run.settings.policy);
  const directory = run.directory();
  const waits = directory.ofType("wait.started");
  expect(waits.map((wait) => ({ for: wait.for, plannedMs: wait.planned_ms }))).toEqual(expected);
  const attempts = directory.ofType("attempt.started");
  expect(attempts).toHaveLength(expected.length + 1);
  expect(new Set(attempts.map(({ mode }) => mode))).toEqual(new Set(["task"]));
  const answered = directory.ofType("step.finished").filter(({ at }) => Date.parse(at) < OUTAGE_ENDS_MS);
  expect(answered).toEqual([]);
  expect(state.status).toMatchObject({ kind: "finished", exit_code: 0, node: "done" });
  expect(state.defaulted).toEqual([]);
  expect(directory.json("context.json")).toMatchObject({ plan: { from: "work", flag: "genuine" } });
  expect(directory.ofType("step.finished")[0]?.sources).toEqual({
    plan: { source: "agent", tainted_by: [] },
  });
  const lostMs = run.clock.now() - OUTAGE_ENDS_MS;
  expect(lostMs).toBeLessThan(longestWaitMs(run.settings.policy) + 2 * TURN_MS);
  recordFault(task, {
    promise: [2, 3],
    fault: "the API is down for 24 hours",
    how: `503 to every turn under a virtual clock, through loop, ladder and store; ${what}`,
    injected: attempts.length - 1,
    found: {
      "answers invented": answered.length,
      "outputs defaulted": state.defaulted.length,
      "attempts beyond those of the policy": attempts.length - 1 - expected.length,
      "waits of another length than the policy's": differing(
        waits.map(({ planned_ms }) => planned_ms),
        expected,
      ),
      parks: waits.filter((wait) => wait.for === "park").length,
      "starts of the run": restarts + 1,
    },
    outcome: "waits, asks again at growing intervals, and goes on by itself when the API is back",
  });
});

/** Everything fails until the outage is over by the virtual clock. */
function outageRun(environment: Readonly<Record<string, string>>): StoredRun {
  const down: Outcome = { ...failing(unavailable), tookMs: TURN_MS };
  const run: StoredRun = storedRun({
    settings: settingsOf({ nodes, environment }),
    outcome: () => (run.clock.now() < OUTAGE_ENDS_MS ? down : { kind: "answer", tookMs: TURN_MS }),
  });
  return run;
}

/** Has a process stopped in one of its waits, after that many effects. */
function stopAfter(most: number) {
  let effects = 0;
  return (action: { readonly kind: string }, stop: () => void): void => {
    effects += 1;
    if (effects > most && action.kind === "wait") stop();
  };
}

/** The waits that the policy has in a day in which every turn fails, from its formula alone. */
function waitsOfPolicy(policy: Policy): readonly { readonly for: string; readonly plannedMs: number }[] {
  const waits: { readonly for: string; readonly plannedMs: number }[] = [];
  let nowMs = START_MS;
  let backoff = 0;
  let parks = 0;
  while (nowMs < OUTAGE_ENDS_MS) {
    nowMs += TURN_MS;
    const parked = backoff >= policy.retryWaitBudgetMs;
    const plannedMs = backoffMs({
      baseMs: policy.backoffBaseMs * (parked ? 4 : 1),
      capMs: policy.backoffCapMs * (parked ? 2 : 1),
      retries: parked ? parks : waits.length,
      jitter: jitterFrom(sha256(`${STORED_UUID}/1/${waits.length + 1}`)),
    });
    waits.push({ for: parked ? "park" : "backoff", plannedMs });
    nowMs += plannedMs;
    if (parked) parks += 1;
    else backoff += plannedMs;
  }
  return waits;
}

const longestWaitMs = ({ backoffCapMs }: Policy): number => backoffCapMs * 2 * (1 + JITTER_SHARE);

const differing = (planned: readonly number[], expected: readonly { readonly plannedMs: number }[]): number =>
  planned.filter((ms, index) => ms !== expected[index]?.plannedMs).length;
