import { describe, expect, test } from "vitest";
import type { Failure } from "../../../src/core/failure.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { answer, failing, type Outcome } from "../../support/scripted-ports.ts";
import { type GraphSketch, scriptedRun, settingsOf } from "../../support/scripted-run.ts";

const refusal: Failure = { class: "answer", reason: "refusal", message: "It refused." };
/** With no corrective turn and no reframe, one bad answer exhausts a step. */
const strict = { AGENT_MAX_OUTPUT_RETRIES: "0", AGENT_MAX_REPHRASE_ATTEMPTS: "0" };

const end = { id: "done", type: "terminal" as const };
const agent = { type: "agent" as const, prompt: "p.md" };

describe("--redo", () => {
  const nodes: GraphSketch["nodes"] = [
    {
      ...agent,
      id: "plan",
      outputs: [{ key: "plan", default: null }],
      max_visits: 1,
      on_max_visits: "gave_up",
      next: "work",
    },
    { id: "work", type: "branch", path: "plan", default: "last" },
    { ...agent, id: "last", outputs: [{ key: "end" }], next: "done" },
    end,
    { id: "gave_up", type: "fail" },
  ];

  /** A run whose `plan` was defaulted, and then one of its nodes is redone. */
  async function redo(node: string, ...outcomes: Outcome[]) {
    const settings = settingsOf({ nodes, environment: strict });
    const run = scriptedRun({ settings, outcomes: [failing(refusal), answer, ...outcomes] });
    expect((await run.start()).status).toMatchObject({ node: "done", exit_code: 8 });
    return { run, state: await run.start({ move: { kind: "redo", node } }) };
  }

  test("runs the node although its max_visits is used up, returns, and removes its default from the list", async () => {
    const { state } = await redo("plan", answer);
    expect(state.visits).toEqual({ plan: 1, work: 1, last: 1 });
    expect(state.status).toEqual({ kind: "finished", exit_code: 0, outcome: "terminal", node: "done" });
    expect(state.return_to).toBeNull();
  });

  test("returns from a branch and from a step that takes its default again", async () => {
    expect((await redo("work")).state).toMatchObject({
      status: { node: "done", exit_code: 8 },
      return_to: null,
    });
    const { state } = await redo("plan", failing(refusal));
    expect(state).toMatchObject({ status: { node: "done", exit_code: 8 }, return_to: null });
    expect(state.defaulted.map(({ step }) => step)).toEqual([4]);
  });

  test("keeps its return node across a stop", async () => {
    const settings = settingsOf({ nodes, environment: { ...strict, AGENT_USE_DEFAULT_OUTPUTS: "false" } });
    const run = scriptedRun({ settings, outcomes: [answer, answer, failing(refusal)] });
    await run.start();
    const stopped = await run.start({ move: { kind: "redo", node: "plan" } });
    expect(stopped).toMatchObject({ status: { kind: "stopped", exit_code: 6 }, return_to: "done" });
    const state = await run.start();
    expect(state).toMatchObject({ status: { node: "done", exit_code: 0 }, visits: { plan: 1, last: 1 } });
  });
});

const workThenEnd = (fields: object) => [{ ...agent, id: "work", next: "done", ...fields }, end];

describe("templates that cannot be evaluated", () => {
  const tooMuch = "{{ range(100000000) }}";

  test.each<[string, { prompts?: Record<string, string>; set?: JsonObject }]>([
    ["a prompt", { prompts: { work: tooMuch } }],
    ["a set", { set: { x: tooMuch } }],
  ])(
    "%s stops the run with exit 6, and no turn is repeated for it",
    async (_, { prompts = {}, set = {} }) => {
      const run = scriptedRun({ settings: settingsOf({ nodes: workThenEnd({ set }), prompts }) });
      const why = expect.stringContaining("work: line 1");
      expect((await run.start()).status).toMatchObject({ kind: "stopped", exit_code: 6, why });
      const state = await run.start({ settings: settingsOf({ nodes: workThenEnd({}) }) });
      expect(state.status).toMatchObject({ kind: "finished", exit_code: 0 });
      expect(run.effects.map((effect) => effect.kind)).toEqual(["turn"]);
    },
  );

  test("a branch stops the run with exit 6", async () => {
    const branch = { id: "work", type: "branch" as const, default: "done" };
    const nodes = [{ ...branch, when: [{ if: tooMuch, next: "done" }] }, end];
    const run = scriptedRun({ settings: settingsOf({ nodes }) });
    const why = expect.stringContaining("work: line 1");
    expect((await run.start()).status).toMatchObject({ kind: "stopped", exit_code: 6, why });
    const state = await run.start({ settings: settingsOf({ nodes: [branch, end] }) });
    expect(state.status).toMatchObject({ kind: "finished", exit_code: 0 });
  });
});

/** Two nodes whose detours point at each other, or out. */
const circle = (wayOut: string): GraphSketch => ({
  start: "a",
  nodes: [
    { ...agent, id: "a", max_visits: 1, on_max_visits: "b", next: "b" },
    { ...agent, id: "b", max_visits: 1, on_max_visits: wayOut, next: "a" },
    end,
  ],
});

describe("max_visits", () => {
  test("detours that only lead in a circle stop with exit 6; after a fix the run continues", async () => {
    const run = scriptedRun({ settings: settingsOf(circle("a")) });
    const state = await run.start();
    expect(state.status).toMatchObject({
      kind: "stopped",
      exit_code: 6,
      why: expect.stringContaining("only leads in a circle"),
    });
    expect((await run.start({ settings: settingsOf(circle("done")) })).status).toMatchObject({
      kind: "finished",
      exit_code: 0,
    });
  });
});

test("--at counts no visit for an open step that it drops", async () => {
  const nodes = [{ ...agent, id: "work", next: "done" }, end];
  const run = scriptedRun({ settings: settingsOf({ nodes }), abortAt: new Set([0]) });
  expect(await run.start()).toMatchObject({ status: { kind: "interrupted" }, visits: { work: 1 } });
  const state = await run.start({ move: { kind: "at", node: "work" } });
  expect(state).toMatchObject({ visits: { work: 1 }, totals: { steps: 2 } });
});
