import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import type { JournalEvent } from "../../src/core/event.ts";
import { artifactsOf, crashScene, differences, expectSoundJournal, resume } from "../support/crash-run.ts";
import { recordFault } from "../support/fault-matrix.ts";
import {
  expectOneStory,
  finish,
  heldScene,
  refused,
  runOf,
  scriptShown,
  startedInScript,
  startHeld,
} from "../support/held-run.ts";
import { expectExit, type Scene, type StartOptions } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { strangeRun } from "../support/strange-run.ts";
import { until } from "../support/until.ts";

const SET_CLOCK = join(import.meta.dirname, "../support/set-clock.mjs");
const DAY_MS = 86_400_000;
const RENEWED_MS = 6000;

it("ends a run alike when the clock is another one at its next start", async ({ task }) => {
  const undisturbed = crashScene();
  await resume(undisturbed);
  const expected = artifactsOf(undisturbed);
  const run = await strangeRun();
  const seen = { ended: 0, negative: 0 };
  const clocks = [-DAY_MS, -365 * DAY_MS, DAY_MS];
  for (const byMs of clocks) {
    run.rewind();
    run.scene.write({ clock: String(byMs) });
    expectExit(0, await run.start(clocked(run.scene)));
    expectSoundJournal(run.scene);
    expect(differences(artifactsOf(run.scene), expected)).toEqual([]);
    const { events } = openRunDirectory(run.dir);
    const ended = Date.parse(events.at(-1)?.at ?? "");
    expect(Math.abs(ended - Date.now() - byMs)).toBeLessThan(DAY_MS / 2);
    seen.ended += 1;
    seen.negative += negativeTimes(events);
  }
  expect(seen).toEqual({ ended: clocks.length, negative: 0 });
  recordFault(task, {
    promise: [1, 3],
    fault: "the clock is set back, or forward, between a kill and the next start",
    how: "a day and a year back, a day forward, for the start that goes on with the run",
    injected: clocks.length,
    found: {
      "runs that ended as the undisturbed one": seen.ended,
      "times below zero in the journal": seen.negative,
    },
    outcome: "taken over at once, and goes on",
  });
});

it("keeps the run of a holder whose clock is set, and takes that of one who does not renew it", async ({
  task,
}) => {
  // Most of it is waiting for leases, so all of it goes on at once.
  const [back, forward, ahead] = await Promise.all([
    setWhileHeld(heldScene(), -DAY_MS),
    setWhileHeld(heldScene(), DAY_MS),
    frozenAhead(heldScene()),
  ]);
  const holders = [back, forward];
  expect(holders.map(({ changed }) => changed)).toEqual([0, 0]);
  expect(holders.map(({ negative }) => negative)).toEqual([0, 0]);
  recordFault(task, {
    promise: 1,
    fault: "the clock is set back, or forward, while a process holds the run",
    how: "a day, in a script; then another start with a clock of its own",
    injected: holders.length,
    found: {
      "files changed by the other start": back.changed + forward.changed,
      "times below zero in the journal": back.negative + forward.negative,
    },
    outcome: "the other start is refused with exit 4, and the run goes on to its end",
  });
  expect(ahead).toEqual({ code: 4, started: 2 });
  recordFault(task, {
    promise: 1,
    fault: "the lock of a frozen holder bears a time in the future",
    how: "SIGSTOP of a holder whose clock was a day ahead, a start without it, SIGCONT",
    injected: 1,
    found: { "exit code of the woken one": ahead.code ?? "none", "starts of the script": ahead.started },
    outcome: "watched for 15 s by a clock that only goes forward, then taken over",
  });
});

async function setWhileHeld(scene: Scene, byMs: number) {
  const holder = await startedInScript(scene, clocked(scene));
  scene.write({ clock: String(byMs) });
  await sleep(RENEWED_MS);
  await scriptShown(scene);
  const changed = await refused(scene, "Another process holds this run");
  await finish(scene, holder);
  expectOneStory(scene, { leases: 1 });
  return { changed, negative: negativeTimes(runOf(scene).events) };
}

async function frozenAhead(scene: Scene) {
  scene.write({ clock: String(DAY_MS) });
  const frozen = await startedInScript(scene, clocked(scene));
  process.kill(frozen.pid, "SIGSTOP");
  const taker = startHeld(scene);
  await until(
    () => scene.ledger().length === 2,
    () => `the script again:\n${taker.stderr()}`,
    60_000,
  );
  process.kill(frozen.pid, "SIGCONT");
  const { code } = await frozen.ended;
  await finish(scene, taker);
  expectOneStory(scene, { leases: 2 });
  return { code, started: scene.ledger().length };
}

const clocked = (scene: Scene): StartOptions => ({
  nodeArgs: ["--import", SET_CLOCK],
  env: { CLOCK_FILE: scene.path("clock") },
});

/** Durations that a journal tells although no time can be less than none. */
function negativeTimes(events: readonly JournalEvent[]): number {
  const times = events.flatMap((event) =>
    Object.entries(event).flatMap(([name, value]) =>
      /^(duration|slept|ran|planned)_ms$/.test(name) && typeof value === "number" ? [value] : [],
    ),
  );
  expect(times.length).toBeGreaterThan(0);
  return times.filter((ms) => ms < 0).length;
}
