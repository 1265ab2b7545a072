import { expect, test } from "vitest";
import type { Failure } from "../../../src/core/failure.ts";
import { answer, failing, START_MS } from "../../support/scripted-ports.ts";
import { fold, scriptedRun, type SceneSketch, settingsOf } from "../../support/scripted-run.ts";

const HOUR_MS = 3_600_000;
const scene: SceneSketch = {
  nodes: [
    { id: "work", type: "agent", prompt: "p.md", next: "done" },
    { id: "done", type: "terminal" },
  ],
  backend: { canProbe: true },
};
const cap: Failure = {
  class: "cap",
  reason: "weekly",
  message: "Weekly limit.",
  resets_at_ms: START_MS + 5 * HOUR_MS,
};
/** The turn that met the cap, and the two hours of slices up to the first look. */
const FIRST_PROBE = 1 + 120;

test("a probe is recorded with its number before it begins", async () => {
  const seen: unknown[] = [];
  const run = scriptedRun({
    settings: settingsOf(scene),
    outcomes: [failing(cap), failing(cap), answer],
    onEffect: ({ kind }) => void (kind === "probe" && seen.push(run.events().at(-1))),
  });
  await run.start();
  expect(seen).toMatchObject([
    { type: "probe.started", probe: 1 },
    { type: "probe.started", probe: 2 },
  ]);
  expect(run.events().filter(({ type }) => type === "probe.finished")).toMatchObject([
    { probe: 1, ok: false },
    { probe: 2, ok: true },
  ]);
});

test("a runner that dies in its probes does not probe more often", async () => {
  const abortAt = new Set([FIRST_PROBE]);
  const run = scriptedRun({ settings: settingsOf(scene), outcomes: [failing(cap)], abortAt });
  await run.start();
  expect(run.effects.at(-1)?.kind).toBe("probe");
  const diedMs = run.clock.now();
  expect(fold(run.events()).open?.phase).toMatchObject({ wait: { probes: 1, lifted: false } });
  await run.start();
  const started = run.events().filter(({ type }) => type === "probe.started");
  expect(started.map(({ at }) => Date.parse(at) - diedMs)).toEqual([0, 2 * HOUR_MS]);
});
