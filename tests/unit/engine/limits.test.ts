import { describe, expect, test } from "vitest";
import type { EventOf, StampedEvent } from "../../../src/core/event.ts";
import type { Failure } from "../../../src/core/failure.ts";
import type { Limits } from "../../../src/core/limits.ts";
import type { Usage } from "../../../src/core/usage.ts";
import { failing, type Outcome, START_MS } from "../../support/scripted-ports.ts";
import { fold, type SceneSketch, scriptedRun, settingsOf } from "../../support/scripted-run.ts";

const circle = (limits: Limits): SceneSketch => ({
  limits,
  nodes: [
    { id: "work", type: "agent", prompt: "p.md", next: "tidy" },
    { id: "tidy", type: "script", script: "tidy.sh", next: "work" },
  ],
});

const uses = (usage: Usage): Outcome => ({ kind: "answer", usage });
const times = (count: number, outcome: Outcome): Outcome[] => Array<Outcome>(count).fill(outcome);
const ofType = <T extends StampedEvent["type"]>(events: readonly StampedEvent[], type: T) =>
  events.filter((event): event is StampedEvent & EventOf<T> => event.type === type);
const priced = (cost_usd: number) => uses({ cost_usd, input_tokens: 90, output_tokens: 10 });

describe("a limit", () => {
  test.each<[string, Limits, { turns: number; steps: number; why: string }]>([
    [
      "on cost leaves room for a turn like the last",
      { cost_usd: 10 },
      {
        turns: 3,
        steps: 6,
        why: "The limit cost_usd=10 leaves no room for more: 9 USD are used, and the next turn is expected to use 3, like the last ones. To continue, start again with --limit cost_usd=15.",
      },
    ],
    ["on cost may be used up to the cent", { cost_usd: 9 }, { turns: 3, steps: 6, why: "9 USD are used" }],
    [
      "on tokens",
      { tokens: 250 },
      {
        turns: 2,
        steps: 4,
        why: "The limit tokens=250 leaves no room for more: 200 tokens are used, and the next turn is expected to use 100, like the last ones. To continue, start again with --limit tokens=380.",
      },
    ],
    [
      "on steps",
      { steps: 3 },
      {
        turns: 2,
        steps: 3,
        why: "The limit steps=3 leaves no room for more: 3 steps are done. To continue, start again with --limit steps=5.",
      },
    ],
    [
      "on one step",
      { steps: 1 },
      {
        turns: 1,
        steps: 1,
        why: "The limit steps=1 leaves no room for more: 1 step is done. To continue, start again with --limit steps=2.",
      },
    ],
  ])("%s", async (_, limits, expected) => {
    const outcomes = times(20, priced(3));
    const run = scriptedRun({ settings: settingsOf(circle(limits)), outcomes });
    const state = await run.start();
    expect(state.status).toMatchObject({ kind: "stopped", exit_code: 5 });
    expect(state.status).toHaveProperty("why", expect.stringContaining(expected.why));
    expect(run.effects.filter(({ kind }) => kind === "turn")).toHaveLength(expected.turns);
    expect(state.totals.steps).toBe(expected.steps);
  });

  test("that stops a run is recorded in the journal with its numbers", async () => {
    const outcomes = times(20, priced(3));
    const run = scriptedRun({ settings: settingsOf(circle({ cost_usd: 10 })), outcomes });
    await run.start();
    const [stopped] = ofType(run.events(), "run.stopped");
    expect(stopped?.excess).toEqual({ name: "cost_usd", used: 9, next: 3, limit: 10 });
  });

  test("of the workflow is overridden by --limit, and a stop at a limit resets no counters", async () => {
    const settings = settingsOf(circle({ steps: 2 }));
    const run = scriptedRun({ settings });
    await run.start();
    expect((await run.start()).totals).toMatchObject({ steps: 2, resumes: 1 });
    expect((await run.start({ limits: { steps: 5 } })).totals.steps).toBe(5);
    expect((await run.start()).totals.steps).toBe(5);
    const lower = await run.start({ limits: { steps: 4 } });
    expect(lower.limits).toEqual({ workflow: { steps: 2 }, asked: { steps: 4 } });
    expect(lower.totals.steps).toBe(5);
    expect(ofType(run.events(), "limits.changed")).toHaveLength(2);
  });

  test("on cost gives a turn its budget", async () => {
    const run = scriptedRun({
      settings: settingsOf(circle({ cost_usd: 7 })),
      outcomes: times(9, priced(2.5)),
    });
    await run.start();
    expect(ofType(run.events(), "attempt.started").flatMap(({ budget_usd }) => budget_usd ?? [])).toEqual([
      7, 4.5,
    ]);
  });

  test("on cost warns once that it does not count turns without a price", async () => {
    const run = scriptedRun({
      settings: settingsOf(circle({ cost_usd: 1, steps: 8 })),
      outcomes: times(9, uses({ unpriced_turns: 1, input_tokens: 5 })),
    });
    const state = await run.start();
    await run.start();
    expect(state.totals.usage).toEqual({ unpriced_turns: 4, input_tokens: 20 });
    expect(ofType(run.events(), "warning")).toMatchObject([{ code: "unpriced_turns" }]);
  });

  test("on the wall clock counts from the first start and ends a wait when it is reached", async () => {
    const cap: Failure = { class: "cap", reason: "session", message: "Cap." };
    const minutes = 90 * 60_000 + 20_000;
    const run = scriptedRun({
      settings: settingsOf({
        ...circle({ wall_clock_ms: minutes }),
        environment: { AGENT_CAP_DEFAULT_WAIT_S: "18000" },
      }),
      outcomes: [failing(cap)],
      abortAt: new Set([4]),
    });
    expect((await run.start()).status.kind).toBe("interrupted");
    run.clock.pass(60_000);
    const state = await run.start();
    expect(state.status).toMatchObject({
      kind: "stopped",
      exit_code: 5,
      why: "The limit wall_clock=90m leaves no room for more: the run began 1h 30m ago. To continue, start again with --limit wall_clock=3h.",
    });
    expect(run.clock.now() - START_MS).toBe(minutes);
    const raised = await run.start({ limits: { wall_clock_ms: 10 * 3_600_000, steps: 1 } });
    expect(raised.status).toMatchObject({ exit_code: 5 });
    expect(ofType(run.events(), "wait.started")).toHaveLength(1);
    expect(ofType(run.events(), "wait.finished")).toHaveLength(1);
  });
});

/** mulberry32: small, seeded, good enough to draw cases from. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("any run with limits", () => {
  const cases = Array.from({ length: 150 }, (_, index) => index + 1);

  test.each(cases)(
    "starts nothing beyond them and has the same end however often it is cut off (seed %d)",
    async (seed) => {
      const next = random(seed);
      const costs = Array.from({ length: 60 }, () => Math.round(next() * 300) / 100);
      const limits: Limits = {
        cost_usd: 2 + next() * 20,
        tokens: 500 + Math.floor(next() * 5000),
        steps: 30,
      };
      const settings = settingsOf(circle(limits));
      const outcomes = () =>
        costs.map((cost_usd): Outcome => uses({ cost_usd, output_tokens: Math.round(cost_usd * 100) }));
      const whole = scriptedRun({ settings, outcomes: outcomes() });
      const state = await whole.start();
      expect(state.status).toMatchObject({ exit_code: 5 });
      const events = whole.events();
      for (const [index, event] of events.entries()) {
        if (event.type !== "attempt.started" || event.mode === "script") continue;
        const { totals, recent_usage } = fold(events.slice(0, index));
        const expected = Math.max(0, ...recent_usage.map((usage) => usage.cost_usd ?? 0));
        expect((totals.usage.cost_usd ?? 0) + expected).toBeLessThanOrEqual(limits.cost_usd ?? 0);
        expect((totals.usage.output_tokens ?? 0) + expected * 100).toBeLessThanOrEqual(
          (limits.tokens ?? 0) + 1,
        );
        expect(totals.steps).toBeLessThanOrEqual(30);
      }
      const cuts = new Set([1, 3, 4].map((index) => Math.floor(next() * 6) + index * 4));
      const cut = scriptedRun({ settings, outcomes: outcomes(), abortAt: cuts });
      let after = await cut.start();
      for (let starts = 0; after.status.kind === "interrupted" && starts < 9; starts++)
        after = await cut.start();
      expect(after.status).toEqual(state.status);
      expect(after.totals.usage).toEqual(state.totals.usage);
    },
  );
});
