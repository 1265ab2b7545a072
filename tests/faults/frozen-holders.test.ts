import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { findProcess } from "../../src/process/process-table.ts";
import { childOf, onHost } from "../support/elsewhere.ts";
import { type FaultRow, recordFault } from "../support/fault-matrix.ts";
import {
  expectOneStory,
  finish,
  hasJournal,
  heldScene,
  OUTAGE,
  refused,
  runnerOf,
  runOf,
  startedInScript,
  startHeld,
  stepsLeft,
} from "../support/held-run.ts";
import { expectExit, type Scene, type Started } from "../support/longhaul.ts";
import { until } from "../support/until.ts";

/** A lease lasts 15 s, and who finds it old watches it for as long again. */
const FREEZE_MS = 30_000;
const LEASE_MS = 15_000;
/** Timers and the wall clock differ by a millisecond, and by more while the clock is being corrected. */
const CLOCK_TOLERANCE_MS = 500;

it("counts not one event of a holder that wakes after another took its run over", async ({ task }) => {
  // Most of it is waiting for leases to run out, so all of it goes on at once.
  const rows = await Promise.all([
    frozenInScript(heldScene()),
    frozenInWait(heldScene(OUTAGE)),
    frozenElsewhere(heldScene()),
  ]);
  expect(rows).toHaveLength(3);
  for (const row of rows) recordFault(task, row);
});

/** A suspended laptop: the runner and its child sleep alike. */
async function frozenInScript(scene: Scene): Promise<FaultRow> {
  const frozen = await startedInScript(scene);
  const script = childOf(frozen.pid) ?? 0;
  for (const pid of [frozen.pid, script]) process.kill(pid, "SIGSTOP");
  const thaw = sleep(FREEZE_MS);
  const held = await refused(scene, "Another process holds this run");
  await sleep(LEASE_MS + 1000);
  const taker = await startedInScript(scene);
  expect(findProcess(script)?.alive ?? false).toBe(false);
  await thaw;
  process.kill(frozen.pid, "SIGCONT");
  const woken = await expectOutrun(scene, { frozen, taker });
  return {
    promise: 1,
    fault: "the holder is frozen for 30 s in a script, and another start takes over",
    how: "SIGSTOP of the runner and its script, SIGCONT once the next holder has begun the step again",
    injected: 1,
    found: { ...woken, "files changed by a start in the first 15 s": held },
    outcome: "the woken one ends with exit 4; the step goes on under the next holder alone",
  };
}

async function frozenInWait(scene: Scene): Promise<FaultRow> {
  const env = { AGENT_INVOKE_BACKOFF_BASE_S: "45", AGENT_INVOKE_BACKOFF_CAP_S: "45" };
  const frozen = startHeld(scene, { env });
  await until(
    () => hasJournal(scene) && runOf(scene).ofType("wait.started").length === 1,
    () => `a wait:\n${frozen.stderr()}`,
  );
  process.kill(frozen.pid, "SIGSTOP");
  const thaw = sleep(FREEZE_MS);
  await sleep(LEASE_MS + 1000);
  const taker = startHeld(scene, { env });
  await thaw;
  await until(
    () => runOf(scene).ofType("run.resumed").length === 1,
    () => `the next holder:\n${taker.stderr()}`,
  );
  process.kill(frozen.pid, "SIGCONT");
  await until(
    () => scene.ledger().length === 1,
    () => `the script after the wait:\n${taker.stderr()}`,
    90_000,
  );
  const woken = await expectOutrun(scene, { frozen, taker });
  expect(runOf(scene).ofType("wait.started")).toHaveLength(1);
  const ended = runOf(scene)
    .ofType("wait.finished")
    .map(({ at }) => Date.parse(at));
  const deadline = Date.parse(runOf(scene).ofType("wait.started")[0]?.until ?? "");
  expect(ended[0]).toBeGreaterThan(deadline - CLOCK_TOLERANCE_MS);
  return {
    promise: [1, 3],
    fault: "the holder is frozen for 30 s in a wait, and another start takes over",
    how: "SIGSTOP of the runner in a backoff, SIGCONT once the next holder waits",
    injected: 1,
    found: { ...woken, "waits begun": runOf(scene).ofType("wait.started").length },
    outcome: "the woken one ends with exit 4; the same wait goes on to the same moment",
  };
}

/** Nobody but the woken holder can end its script there. */
async function frozenElsewhere(scene: Scene): Promise<FaultRow> {
  const frozen = await startedInScript(scene, onHost("alpha"));
  const runner = runnerOf(frozen);
  const script = childOf(runner) ?? 0;
  for (const pid of [runner, script]) process.kill(pid, "SIGSTOP");
  const thaw = sleep(FREEZE_MS);
  const taker = await startedInScript(scene, onHost("beta"));
  expect(taker.stderr()).toContain("Watching for up to 15 s whether alpha still holds this run.");
  await thaw;
  for (const pid of [script, runner]) process.kill(pid, "SIGCONT");
  const woken = await expectOutrun(scene, { frozen, taker });
  expect(findProcess(script)?.alive ?? false).toBe(false);
  return {
    promise: 1,
    fault: "another host is frozen for 30 s in a script, and this one takes over",
    how: "SIGSTOP of runner and script on the one, SIGCONT once the other has begun the step again",
    injected: 1,
    found: woken,
    outcome: "the woken one ends its script and itself with exit 4",
  };
}

/** The woken holder ends with exit 4 and has written nothing; the other one then ends the run. */
async function expectOutrun(
  scene: Scene,
  { frozen, taker }: { readonly frozen: Started; readonly taker: Started },
): Promise<Readonly<Record<string, number>>> {
  const { events } = runOf(scene);
  const takenOver = events.findIndex(({ type }) => type === "run.resumed");
  const woken = expectExit(4, await frozen.ended);
  expect(woken.stderr).toContain("Another process has taken over this run");
  await finish(scene, taker);
  expectOneStory(scene, { leases: 2 });
  const after = runOf(scene).events.slice(takenOver);
  return {
    "events of the frozen one after the takeover": after.filter(({ lease }) => lease === 1).length,
    "processes left": stepsLeft(scene),
  };
}
