import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StampedEvent } from "../../../src/core/event.ts";
import { type RunState, runStateSchema } from "../../../src/core/run-state.ts";
import { reduce } from "../../../src/engine/reduce/reduce-run.ts";
import { outcomes, scenes } from "../../support/generated-runs.ts";
import { checked, fold, scriptedRun, type ScriptedRun, settingsOf } from "../../support/scripted-run.ts";

/** Everything here is recorded from the real loop over scripted ports: graphs, outcomes and stops are generated, events never are. */
const recordings = fc.record({
  scene: scenes,
  outcomes,
  abortAt: fc.uniqueArray(fc.nat(20), { maxLength: 4 }).map((numbers) => new Set(numbers)),
});

const MAX_STARTS = 60;
const RUNS = 300;

/** Starts the run until it has its end, however often it is stopped. */
async function startUntilFinished(run: ScriptedRun): Promise<number> {
  for (let starts = 1; starts <= MAX_STARTS; starts++) {
    const state = await run.start();
    if (state.status.kind === "finished") return starts;
  }
  throw new Error(`No end after ${MAX_STARTS} starts: ${JSON.stringify(run.events().at(-1))}`);
}

const readBack = (state: RunState): RunState => checked(JSON.stringify(state), runStateSchema);
const snapshotOf = (events: readonly StampedEvent[]) => readBack(fold(events));

describe("runs recorded from the loop", () => {
  test("any prefix as a snapshot plus the rest gives the loop's state", async () => {
    await fc.assert(
      fc.asyncProperty(recordings, async ({ scene, ...sketch }) => {
        const run = scriptedRun({ settings: settingsOf(scene), ...sketch });
        await startUntilFinished(run);
        let folded: RunState | undefined;
        let resumed: RunState | undefined; // from a snapshot after every event
        const wrong: number[] = [];
        for (const event of run.events()) {
          folded = reduce(folded, event);
          resumed = readBack(reduce(resumed, event));
          const live = run.live.get(event.seq) ?? folded;
          if (!isDeepStrictEqual(resumed, folded) || !isDeepStrictEqual(resumed, live)) wrong.push(event.seq);
        }
        expect(wrong).toEqual([]);
        expect(run.live.size).toBeGreaterThan(0);
      }),
      { numRuns: RUNS },
    );
  });

  test("events of an older lease after a newer one change nothing", async () => {
    await fc.assert(
      fc.asyncProperty(recordings, fc.nat(), async ({ scene, ...sketch }, seed) => {
        const run = scriptedRun({ settings: settingsOf(scene), ...sketch });
        await startUntilFinished(run);
        const events = run.events();
        const late = events[seed % events.length];
        if (late === undefined) throw new Error("A run has events.");
        const newer = { ...snapshotOf(events), lease: late.lease + 1 };
        expect(reduce(newer, late)).toBe(newer);
      }),
      { numRuns: RUNS },
    );
  });

  test("a run that crashes at any event and is started again ends", async () => {
    await fc.assert(
      fc.asyncProperty(recordings, fc.nat(), outcomes, async ({ scene, ...sketch }, seed, more) => {
        const settings = settingsOf(scene);
        const run = scriptedRun({ settings, ...sketch });
        await startUntilFinished(run);
        const events = run.events();
        const earlier = events.slice(0, 1 + (seed % events.length));
        const crashed = fold(earlier);
        if (crashed.status.kind === "finished") return;
        const nowMs = Date.parse(crashed.updated_at) + 1000;
        const second = scriptedRun({ settings, outcomes: more, earlier, nowMs });
        await startUntilFinished(second);
        const finished = second.events().filter((event) => event.type === "step.finished");
        const steps = finished.map((event) => event.step);
        expect(new Set(steps).size).toBe(steps.length);
      }),
      { numRuns: RUNS },
    );
  });

  test("steps and lines are numbered without a gap", async () => {
    await fc.assert(
      fc.asyncProperty(recordings, async ({ scene, ...sketch }) => {
        const run = scriptedRun({ settings: settingsOf(scene), ...sketch });
        await startUntilFinished(run);
        const events = run.events();
        expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
        const started = events.filter((event) => event.type === "step.started").map((event) => event.step);
        expect(started).toEqual(started.map((_, index) => index + 1));
      }),
      { numRuns: 50 },
    );
  });

  test("the generated runs contain every event and turn mode that the loop can record", async () => {
    const seen = new Set<string>();
    for (const { scene, ...sketch } of fc.sample(recordings, { numRuns: 300, seed: 7 })) {
      const run = scriptedRun({ settings: settingsOf(scene), ...sketch });
      await startUntilFinished(run);
      for (const event of run.events())
        seen.add(event.type === "attempt.started" ? `${event.type} ${event.mode}` : event.type);
    }
    expect([...seen].sort()).toEqual([
      "attempt.failed",
      "attempt.finished",
      "attempt.interrupted",
      "attempt.started continue",
      "attempt.started correct",
      "attempt.started notice",
      "attempt.started reframe",
      "attempt.started resend",
      "attempt.started script",
      "attempt.started task",
      "compact.finished",
      "compact.started",
      "probe.finished",
      "probe.started",
      "run.finished",
      "run.interrupted",
      "run.resumed",
      "run.started",
      "run.stopped",
      "step.finished",
      "step.started",
      "visits.exhausted",
      "wait.finished",
      "wait.started",
      "wait.ticked",
    ]);
  });
});
