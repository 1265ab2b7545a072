import { describe, expect, test } from "vitest";
import type { EventType, StampedEvent } from "../../../src/core/event.ts";
import type { Failure } from "../../../src/core/failure.ts";
import type { Effect } from "../../../src/engine/effect.ts";
import { answer, cut, failing, type Outcome } from "../../support/scripted-ports.ts";
import { fold, scriptedRun, type SceneSketch, settingsOf } from "../../support/scripted-run.ts";

const transient: Failure = { class: "transient", reason: "server_error", message: "503." };
const cap: Failure = { class: "cap", reason: "session", message: "Usage limit." };
const auth: Failure = { class: "auth", reason: "no_login", message: "Not logged in." };
const rotated: Failure = { ...auth, login_changed: true };
const config: Failure = { class: "config", reason: "unknown_model", message: "No such model." };
const overflow: Failure = { class: "overflow", reason: "context", message: "Too long." };
const unusable: Failure = { class: "answer", reason: "no_json", message: "There is no JSON in it." };

const oneStep: SceneSketch = {
  nodes: [
    { id: "work", type: "agent", prompt: "p.md", outputs: [{ key: "plan", default: "given" }], next: "done" },
    { id: "done", type: "terminal" },
  ],
};
const twoSteps: SceneSketch = {
  nodes: [{ id: "warm_up", type: "agent", prompt: "w.md", next: "work" }, ...oneStep.nodes],
};

const times = (count: number, outcome: Outcome): Outcome[] => Array<Outcome>(count).fill(outcome);
const ofType = <T extends EventType>(events: readonly StampedEvent[], type: T) =>
  events.filter((event): event is Extract<StampedEvent, { type: T }> => event.type === type);
const kinds = (effects: readonly Effect[]) => effects.map((effect) => effect.kind);

const planned = (all: readonly StampedEvent[]) =>
  ofType(all, "wait.started").map((wait) => [wait.for, wait.planned_ms]);

describe("before the first step ever", () => {
  test.each([auth, config])("$class stops with exit 3", async (failure) => {
    const run = scriptedRun({ settings: settingsOf(oneStep), outcomes: [failing(failure)] });
    expect((await run.start()).status).toEqual({ kind: "stopped", exit_code: 3, why: failure.message });
    const again = await run.start();
    expect(again.status).toMatchObject({ kind: "finished", exit_code: 0 });
  });

  test.each([
    ["an answer that cannot be used", failing(unusable)],
    [
      "a turn that ran out of time",
      failing({ class: "timeout", reason: "turn_clock", message: "Too long." }),
    ],
    ["a turn that was cut at work", cut(true)],
    ["a context that is full", failing(overflow)],
  ])("%s shows that the environment works, so auth parks later", async (_, first) => {
    const run = scriptedRun({ settings: settingsOf(oneStep), outcomes: [first, failing(auth)] });
    const state = await run.start();
    expect(ofType(run.events(), "wait.started")).toMatchObject([
      { for: "park", planned_ms: expect.any(Number) },
    ]);
    expect(state.status).toMatchObject({ kind: "finished", exit_code: 0 });
  });

  test("the second step parks", async () => {
    const run = scriptedRun({
      settings: settingsOf(twoSteps),
      outcomes: [answer, failing(auth), failing(config)],
    });
    await run.start();
    expect(ofType(run.events(), "wait.started").map((event) => event.for)).toEqual(["park", "park"]);
  });
});

describe("a login that another run renewed", () => {
  test("gives one free retry, and another only after an answer", async () => {
    const outcomes = [
      answer,
      ...times(3, failing(rotated)),
      failing(unusable),
      ...times(2, failing(rotated)),
    ];
    const run = scriptedRun({ settings: settingsOf(twoSteps), outcomes });
    await run.start();
    const turnsAndWaits = kinds(run.effects.slice(1)).filter(
      (kind, at, all) => kind !== all[at - 1] || kind === "turn",
    );
    expect(turnsAndWaits).toEqual([
      "turn",
      "turn",
      "wait",
      "turn",
      "wait",
      "turn",
      "turn",
      "turn",
      "wait",
      "turn",
    ]);
  });
});

describe("a killed run", () => {
  test("continues the same wait", async () => {
    const settings = settingsOf(twoSteps);
    const first = scriptedRun({ settings, outcomes: [answer, failing(cap)], abortAt: new Set([5]) });
    await first.start();
    const [wait] = ofType(first.events(), "wait.started");
    const nowMs = Date.parse(wait?.until ?? "") - 90_000;
    const second = scriptedRun({ settings, earlier: first.events(), nowMs });
    await second.start();
    expect(ofType(second.events(), "wait.started")).toHaveLength(1);
    expect(second.clock.now()).toBe(Date.parse(wait?.until ?? ""));
    expect(kinds(second.effects)).toEqual(["wait", "wait", "turn"]);
  });

  test("does not wait longer when the clock is set back", async () => {
    const settings = settingsOf(twoSteps);
    const first = scriptedRun({ settings, outcomes: [answer, failing(cap)], abortAt: new Set([5]) });
    await first.start();
    const before = fold(first.events());
    const nowMs = Date.parse(before.updated_at) - 86_400_000;
    const second = scriptedRun({ settings, earlier: first.events(), nowMs });
    await second.start();
    const [wait] = ofType(second.events(), "wait.started");
    const slept = before.open?.phase.kind === "waiting" ? before.open.phase.wait.slept_ms : Number.NaN;
    expect(second.clock.now() - nowMs).toBe((wait?.planned_ms ?? 0) - slept);
  });

  test("gets no new retries and no new budget by dying in each of its waits", async () => {
    const environment = { AGENT_RETRY_WAIT_BUDGET_S: "120" };
    const settings = settingsOf({ ...twoSteps, environment });
    const undisturbed = scriptedRun({ settings, outcomes: [answer, ...times(12, failing(transient))] });
    await undisturbed.start();
    let events: readonly StampedEvent[] = [];
    const outcomes = [answer, ...times(12, failing(transient))];
    let nowMs: number | undefined;
    for (let starts = 0; outcomes.length > 0 && starts < 40; starts++) {
      const run = scriptedRun({
        settings,
        earlier: events,
        outcomes,
        ...(nowMs !== undefined && { nowMs }),
      });
      await run.start();
      // As if it had died right after the first wait began: nothing of the sleep is on record.
      const seen = events.length;
      events = run.events();
      const dies = events.findIndex((event, index) => index >= seen && event.type === "wait.started");
      if (dies < 0) break;
      outcomes.splice(0, ofType(events.slice(seen, dies), "attempt.started").length);
      events = events.slice(0, dies + 1);
      const [last] = ofType(events.slice(dies), "wait.started");
      nowMs = Date.parse(last?.until ?? "") - 1;
    }
    expect(planned(events)).toEqual(planned(undisturbed.events()).slice(0, planned(events).length));
    expect(planned(events).length).toBeGreaterThan(8);
  });

  test("stops with exit 6 at AGENT_MAX_INTERRUPTIONS, and the next start tries again", async () => {
    const settings = settingsOf({ ...twoSteps, environment: { AGENT_MAX_INTERRUPTIONS: "3" } });
    const run = scriptedRun({ settings, outcomes: [answer, ...times(3, cut())] });
    const state = await run.start();
    expect(state.status).toEqual({
      kind: "stopped",
      exit_code: 6,
      why: "work was interrupted 3 times without new model output (AGENT_MAX_INTERRUPTIONS).",
    });
    expect((await run.start()).status).toMatchObject({ kind: "finished", exit_code: 0 });
  });

  test("does not count an interruption after new model output", async () => {
    const settings = settingsOf({ ...twoSteps, environment: { AGENT_MAX_INTERRUPTIONS: "2" } });
    const outcomes = [answer, cut(), cut(true), cut(), cut(true), cut()];
    const run = scriptedRun({ settings, outcomes });
    expect((await run.start()).status).toMatchObject({ kind: "finished", exit_code: 0 });
  });

  test("repeats a cut compaction under the same number and counts an interruption", async () => {
    const sketch = { settings: settingsOf(oneStep), outcomes: [failing(overflow)], abortAt: new Set([1]) };
    const run = scriptedRun(sketch);
    await run.start();
    expect((await run.start()).status).toMatchObject({ kind: "finished", exit_code: 0 });
    expect(ofType(run.events(), "compact.started").map(({ compaction }) => compaction)).toEqual([1, 1]);

    const impatient = settingsOf({ ...oneStep, environment: { AGENT_MAX_INTERRUPTIONS: "1" } });
    const stopped = scriptedRun({ ...sketch, settings: impatient, outcomes: [failing(overflow)] });
    await stopped.start();
    expect((await stopped.start()).status).toMatchObject({ kind: "stopped", exit_code: 6 });
  });

  test("subtracts the time of cut turns, and the next full turn gets the full time", async () => {
    const nodes = [
      { id: "work", type: "agent" as const, prompt: "p.md", timeout: "10m", next: "done" },
      ...oneStep.nodes.slice(1),
    ];
    const outcomes: Outcome[] = [
      { kind: "cut", tookMs: 240_000 },
      { kind: "cut", tookMs: 300_000 },
      failing({ class: "timeout", reason: "turn_clock", message: "Too long." }),
    ];
    const run = scriptedRun({ settings: settingsOf({ nodes }), outcomes });
    await run.start();
    const given = ofType(run.events(), "attempt.started").map((event) => event.timeout_ms);
    expect(given).toEqual([600_000, 360_000, 60_000, 600_000]);
  });
});

describe("a session", () => {
  test.each([
    ["holds the prompt, goes on", true, { mode: "continue", session: { number: 1, fresh: false } }],
    [
      "does not hold it, is left for a fresh one",
      false,
      { mode: "task", session: { number: 2, fresh: true } },
    ],
  ])("whose turn was cut and that %s", async (_, promptStored, expected) => {
    const outcomes = [answer, { ...cut(), promptStored }];
    const run = scriptedRun({ settings: settingsOf(twoSteps), outcomes });
    await run.start();
    expect(ofType(run.events(), "attempt.started").at(-1)).toMatchObject(expected);
  });

  test("that was cut in a corrective turn is asked to continue, with the complaint", async () => {
    const run = scriptedRun({ settings: settingsOf(twoSteps), outcomes: [answer, failing(unusable), cut()] });
    await run.start();
    const [, , correction, after] = ofType(run.events(), "attempt.started");
    expect(correction).toMatchObject({ mode: "correct", session: { number: 1, fresh: false } });
    expect(after).toMatchObject({ mode: "continue", session: { number: 1, fresh: false } });
    expect(after?.prompt).toContain(unusable.message);
  });

  test("that is lost is never used again, not even after the wait that follows many losses", async () => {
    const lost: Failure = { class: "session_lost", reason: "unknown_session", message: "No such session." };
    const stored: Outcome = { ...failing(transient), promptStored: true };
    const outcomes = [answer, stored, ...times(6, failing(lost))];
    const run = scriptedRun({ settings: settingsOf(twoSteps), outcomes });
    await run.start();
    const turns = ofType(run.events(), "attempt.started").slice(1);
    expect(turns.map(({ mode, session }) => [mode, session?.number])).toEqual([
      ["task", 1],
      ["continue", 1],
      ["task", 2],
      ["task", 3],
      ["task", 4],
      ["task", 5],
      ["task", 6],
      ["task", 7],
    ]);
    expect(ofType(run.events(), "wait.started").map((wait) => wait.for)).toEqual([
      "backoff",
      "backoff",
      "backoff",
      "backoff",
    ]);
  });
});

test("a bug in planning loses none of the results before it", async () => {
  const nodes = oneStep.nodes.slice(0, 1).map((work) => ({ ...work, next: "gone" }));
  const settings = settingsOf({ nodes });
  const run = scriptedRun({ settings, outcomes: [answer] });
  await expect(run.start()).rejects.toThrow("gone");
  expect(run.events().slice(-2)).toMatchObject([
    { type: "attempt.finished" },
    { type: "step.finished", next: "gone" },
  ]);
});
