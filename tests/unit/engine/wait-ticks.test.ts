import { expect, test } from "vitest";
import type { Failure } from "../../../src/core/failure.ts";
import { failing, START_MS } from "../../support/scripted-ports.ts";
import { fold, scriptedRun, type RunSketch, settingsOf } from "../../support/scripted-run.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TICK_EVERY_MS = 10 * MINUTE_MS;
const cap: Failure = {
  class: "cap",
  reason: "weekly",
  message: "Weekly limit.",
  resets_at_ms: START_MS + 5 * HOUR_MS,
};
const nodes = [
  { id: "work", type: "agent", prompt: "p.md", next: "done" },
  { id: "done", type: "terminal" },
] as const;

/** A run whose first turn meets the cap. The turn is effect 0; effect n is the nth minute of the wait. */
const capped = (sketch: Partial<RunSketch> & { readonly environment?: Record<string, string> } = {}) =>
  scriptedRun({
    settings: settingsOf({ nodes, ...(sketch.environment && { environment: sketch.environment }) }),
    outcomes: [failing(cap)],
    ...sketch,
  });

type Run = ReturnType<typeof capped>;
const ofType = (run: Run, type: string) => run.events().filter((event) => event.type === type);
const planned = (run: Run) =>
  run.events().flatMap((event) => (event.type === "wait.started" ? [event.planned_ms] : []))[0] ?? 0;
const sleptOf = (run: Run) => {
  const phase = fold(run.events()).open?.phase;
  return phase?.kind === "waiting" ? phase.wait.slept_ms : undefined;
};

class Kill extends Error {}

/** Starts the run and kills its process in the nth minute of the wait: nothing more is written. */
async function killedAfter(minutes: number) {
  let isAlive = true;
  const run: Run = capped({
    onEffect: () => {
      if (isAlive && run.effects.length > minutes + 1) throw new Kill();
    },
  });
  await expect(run.start()).rejects.toThrow(Kill);
  isAlive = false;
  return run;
}

test.each(["1", "60", "600", "0"])(
  "the journal records a wait every ten minutes, with AGENT_CAP_TICK_S=%s",
  async (AGENT_CAP_TICK_S) => {
    const run = capped({ environment: { AGENT_CAP_TICK_S } });
    await run.start();
    const told = run.events().filter(({ type }) => type.startsWith("wait."));
    const ticks = ofType(run, "wait.ticked");
    expect(told.map(({ type }) => type)).toEqual([
      "wait.started",
      ...ticks.map(() => "wait.ticked"),
      "wait.finished",
    ]);
    expect(ticks).toHaveLength(Math.floor(planned(run) / TICK_EVERY_MS));
    const times = told.map(({ at }) => Date.parse(at));
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps.slice(0, -1)).toEqual(ticks.map(() => TICK_EVERY_MS));
    expect(ofType(run, "wait.finished")).toMatchObject([{ slept_ms: planned(run), how: "elapsed" }]);
  },
);

test("a runner that stops in order loses no slept time, however short the wait", async () => {
  const run = capped({ abortAt: new Set([8]) });
  await run.start();
  expect(
    run
      .events()
      .slice(-2)
      .map(({ type }) => type),
  ).toEqual(["wait.ticked", "run.interrupted"]);
  expect(sleptOf(run)).toBe(7 * MINUTE_MS);
  run.clock.set(-24 * HOUR_MS);
  const beganMs = run.clock.monotonic();
  await run.start();
  expect(run.clock.monotonic() - beganMs).toBe(planned(run) - 7 * MINUTE_MS);
});

test.each([3, 25, 39])("a kill in minute %d loses at most ten minutes of slept time", async (minutes) => {
  const run = await killedAfter(minutes);
  expect(sleptOf(run)).toBe(Math.floor(minutes / 10) * TICK_EVERY_MS);
  const beganMs = run.clock.monotonic();
  await run.start();
  // The clock was not set: the wait ends when it was to end.
  expect(run.clock.monotonic() - beganMs).toBe(planned(run) - minutes * MINUTE_MS);
});

test("a kill together with a clock set back costs at most ten minutes", async () => {
  const run = await killedAfter(29);
  run.clock.set(-24 * HOUR_MS);
  const beganMs = run.clock.monotonic();
  await run.start();
  expect(run.clock.monotonic() - beganMs).toBe(planned(run) - 20 * MINUTE_MS);
  expect(ofType(run, "attempt.started")).toHaveLength(2);
});

test("a limit that ends the run in a wait records the slept time", async () => {
  const run = capped({
    settings: settingsOf({ nodes, limits: { wall_clock_ms: 15 * MINUTE_MS } }),
  });
  expect((await run.start()).status).toMatchObject({ kind: "stopped", exit_code: 5 });
  expect(sleptOf(run)).toBe(15 * MINUTE_MS);
  expect(ofType(run, "wait.ticked")).toHaveLength(2);
});
