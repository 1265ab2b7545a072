import { describe, expect, test } from "vitest";
import type { Failure } from "../../../src/core/failure.ts";
import type { Effect } from "../../../src/engine/effect.ts";
import { answer, failing, type Outcome } from "../../support/scripted-ports.ts";
import { type SceneSketch, scriptedRun, settingsOf } from "../../support/scripted-run.ts";

const transient: Failure = { class: "transient", reason: "server_error", message: "503." };
const cap: Failure = { class: "cap", reason: "session", message: "Usage limit." };
const auth: Failure = { class: "auth", reason: "no_login", message: "Not logged in." };

const twoSteps: SceneSketch = {
  nodes: [
    { id: "warm_up", type: "agent", prompt: "w.md", next: "work" },
    { id: "work", type: "agent", prompt: "p.md", outputs: [{ key: "plan", default: "given" }], next: "done" },
    { id: "done", type: "terminal" },
  ],
};

const times = (count: number, outcome: Outcome): Outcome[] => Array<Outcome>(count).fill(outcome);
const kinds = (effects: readonly Effect[]) => effects.map((effect) => effect.kind);

describe("--no-wait", () => {
  const quick = { AGENT_MAX_INVOKE_RETRIES: "2" };
  const noWait: SceneSketch = { ...twoSteps, noWait: true, environment: quick };

  test("sleeps the quick retries, exits at the next wait with its end time, and tries once per start", async () => {
    const run = scriptedRun({
      settings: settingsOf(noWait),
      outcomes: [answer, ...times(5, failing(transient))],
    });
    const state = await run.start();
    expect(state.status).toEqual({ kind: "interrupted", why: "no_wait" });
    expect(kinds(run.effects)).toEqual(["turn", "turn", "wait", "turn", "wait", "turn"]);
    expect(run.events().at(-2)).toMatchObject({
      type: "wait.started",
      until: expect.stringContaining("2026-01-01T"),
    });
    const before = run.effects.length;
    expect((await run.start()).status).toEqual({ kind: "interrupted", why: "no_wait" });
    expect(kinds(run.effects.slice(before))).toEqual(["turn"]);
    expect(run.events().findLast((event) => event.type === "wait.finished")).toMatchObject({
      how: "look",
      slept_ms: 0,
    });
  });

  test.each([
    ["a cap", failing(cap), {}],
    ["a missing login", failing(auth), {}],
    ["a server that asks to stay away for long", failing({ ...transient, retry_after_ms: 7_200_000 }), {}],
    ["an outage whose budget is used up", failing(transient), { AGENT_RETRY_WAIT_BUDGET_S: "0" }],
  ])("leaves at once at %s", async (_, outcome, environment) => {
    const settings = settingsOf({ ...noWait, environment });
    const run = scriptedRun({ settings, outcomes: [answer, outcome] });
    expect((await run.start()).status).toEqual({ kind: "interrupted", why: "no_wait" });
    expect(kinds(run.effects)).toEqual(["turn", "turn"]);
    expect((await run.start()).status).toMatchObject({ kind: "finished", exit_code: 0 });
  });
});
