import { expect, it } from "vitest";
import type { Failure } from "../../src/core/failure.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { failing, START_MS } from "../support/scripted-ports.ts";
import { settingsOf } from "../support/scripted-run.ts";
import { storedRun, type StoredRun } from "../support/stored-run.ts";

const HOUR_MS = 3_600_000;
const SLICE_MS = 60_000;
const DOWN_MS = 600_000;
const nodes = [
  { id: "warm_up", type: "agent", prompt: "w.md", next: "work" },
  { id: "work", type: "agent", prompt: "p.md", outputs: [{ key: "plan", default: "nothing" }], next: "done" },
  { id: "done", type: "terminal" },
] as const;

const unavailable: Failure = { class: "transient", reason: "server_error", message: "503 Unavailable." };
const capped: Failure = {
  class: "cap",
  reason: "weekly",
  message: "Weekly limit.",
  resets_at_ms: START_MS + 3 * HOUR_MS,
};
const LONG = { AGENT_INVOKE_BACKOFF_BASE_S: "7200", AGENT_INVOKE_BACKOFF_CAP_S: "7200" };

it.for([
  { wait: "cap", failure: capped, environment: {} },
  { wait: "backoff", failure: unavailable, environment: LONG },
  { wait: "park", failure: unavailable, environment: { ...LONG, AGENT_RETRY_WAIT_BUDGET_S: "0" } },
])("the clock jumps in a $wait", async ({ wait, failure, environment }, { task }) => {
  const jump = (byHours: number, runner: Runner) => jumpInWait({ failure, environment, byHours, runner });
  const forward = [await jump(24, "awake"), await jump(24, "down")];
  const back = [await jump(-24, "awake"), await jump(-24, "down"), await jump(-24 * 365, "awake")];
  const there = await jump(0, "awake");
  for (const one of [...forward, ...back, there]) {
    expect(one.waitedFor).toEqual([wait]);
    expect(one.attempts).toBe(3);
    expect(one.status).toMatchObject({ kind: "finished", exit_code: 0 });
  }
  expect(there.sleptMs).toBe(there.plannedMs);
  for (const { sleptMs, plannedMs } of back) expect(sleptMs).toBe(plannedMs);
  for (const { sleptMs, beforeJumpMs } of forward)
    expect(sleptMs - beforeJumpMs).toBeLessThanOrEqual(SLICE_MS);
  recordFault(task, {
    promise: 3,
    fault: `the clock jumps in a ${wait === "cap" ? "wait for a cap" : wait}`,
    how: "a day forward, a day back and a year back in the middle of the wait, with the runner awake and between two starts",
    injected: forward.length + back.length,
    found: {
      "ms slept beyond the plan, most": Math.max(
        ...back.map(({ sleptMs, plannedMs }) => sleptMs - plannedMs),
      ),
      "ms until a jump past the end is noticed, most": Math.max(
        ...forward.map(({ sleptMs, beforeJumpMs }) => sleptMs - beforeJumpMs),
      ),
      "attempts in the wait": Math.max(...[...forward, ...back].map(({ attempts }) => attempts - 3)),
    },
    outcome: "no wait gets longer; one whose end has come by the clock is over at once",
  });
});

type Runner = "awake" | "down";

interface Jump {
  readonly failure: Failure;
  readonly environment: Readonly<Record<string, string>>;
  readonly byHours: number;
  /** Whether the clock jumps under the sleeping runner or between two starts. */
  readonly runner: Runner;
}

/** A run that waits once, with a jump of the clock after a third of its wait; tells how long it really slept. */
async function jumpInWait({ failure, environment, byHours, runner }: Jump) {
  const outcomes = [undefined, failing(failure)];
  const run = storedRun({ settings: settingsOf({ nodes, environment }), outcome: () => outcomes.shift() });
  let beforeJumpMs: number | undefined;
  const beganMs = run.clock.monotonic();
  let state = await run.start((action, stop) => {
    if (action.kind !== "wait" || action.sleptMs < 40 * SLICE_MS || beforeJumpMs !== undefined) return;
    beforeJumpMs = run.clock.monotonic() - beganMs;
    if (runner === "down") stop();
    else run.clock.set(byHours * HOUR_MS);
  });
  let downMs = 0;
  expect(state.status.kind).toBe(runner === "down" ? "interrupted" : "finished");
  if (runner === "down") {
    run.clock.pass(DOWN_MS);
    run.clock.set(byHours * HOUR_MS);
    downMs = DOWN_MS;
    state = await run.start();
  }
  return {
    status: state.status,
    ...toldBy(run),
    sleptMs: run.clock.monotonic() - beganMs - downMs,
    beforeJumpMs: beforeJumpMs ?? Number.NaN,
  };
}

function toldBy(run: StoredRun) {
  const directory = run.directory();
  const waits = directory.ofType("wait.started");
  return {
    waitedFor: waits.map((wait) => wait.for),
    plannedMs: waits[0]?.planned_ms ?? Number.NaN,
    attempts: directory.ofType("attempt.started").length,
  };
}
