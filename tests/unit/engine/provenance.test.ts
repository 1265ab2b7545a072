import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countDefaulted } from "../../../src/core/defaulted.ts";
import type { Failure } from "../../../src/core/failure.ts";
import { outcomes, scenes } from "../../support/generated-runs.ts";
import { answer, failing, type Outcome } from "../../support/scripted-ports.ts";
import { fold, type GraphSketch, scriptedRun, settingsOf } from "../../support/scripted-run.ts";

const refusal: Failure = { class: "answer", reason: "refusal", message: "It refused." };
const broken: Failure = { class: "script", reason: "exit_code", message: "It failed." };
/** With no corrective turn and no reframe, one bad answer exhausts a step. */
const strict = { AGENT_MAX_OUTPUT_RETRIES: "0", AGENT_MAX_REPHRASE_ATTEMPTS: "0" };

const end = { id: "done", type: "terminal" as const };
const agent = { type: "agent" as const, prompt: "p.md" };

const tainted = (source: string) => ({ source, tainted_by: ["plan"] });
const clean = (source: string) => ({ source, tainted_by: [] });

describe("a default", () => {
  /** `plan` defaults; everything that reads it, directly or through others, is tainted by it. */
  const nodes: GraphSketch["nodes"] = [
    {
      ...agent,
      id: "plan",
      outputs: [{ key: "plan", default: { status: "blocked" } }],
      set: { round: "{{ plan.status }}" },
      next: "by_prompt",
    },
    { ...agent, id: "by_prompt", outputs: [{ key: "a" }], next: "by_argument" },
    { ...agent, id: "by_argument", args: { given: "{{ a }}" }, outputs: [{ key: "b" }], next: "by_set" },
    {
      ...agent,
      id: "by_set",
      outputs: [{ key: "c" }],
      set: { kept: "{{ round }}", fixed: 1, own: "{{ c }}" },
      next: "by_script",
    },
    {
      id: "by_script",
      type: "script",
      script: "s.sh",
      args: ["{{ kept }}"],
      outputs: [{ key: "d" }],
      next: "untouched",
    },
    { ...agent, id: "untouched", outputs: [{ key: "e" }], next: "done" },
    end,
  ];
  const prompts = { by_prompt: "{% if plan.status == 'blocked' %}x{% endif %}", by_argument: "{{ given }}" };

  test("is labelled and taints what is computed from it through prompts, arguments, set and scripts", async () => {
    const settings = settingsOf({ nodes, prompts, environment: strict });
    const run = scriptedRun({ settings, outcomes: [failing(refusal)] });
    const state = await run.start();
    expect(state.sources).toEqual({
      plan: clean("default"),
      round: tainted("script"),
      a: tainted("agent"),
      b: tainted("agent"),
      c: clean("agent"),
      kept: tainted("script"),
      fixed: clean("script"),
      own: clean("script"),
      d: tainted("script"),
      e: clean("agent"),
    });
    expect(state.defaulted).toEqual([{ step: 1, node: "plan", keys: ["plan"] }]);
    expect(state.status).toEqual({ kind: "finished", exit_code: 8, outcome: "terminal", node: "done" });
    expect(run.events().at(-1)).toMatchObject({ type: "run.finished", exit_code: 8 });
  });

  test("without a declared value is null, and a step without outputs is listed too", async () => {
    const settings = settingsOf({
      nodes: [
        {
          ...agent,
          id: "first",
          outputs: [{ key: "plan" }, { key: "note", optional: true }],
          next: "second",
        },
        { ...agent, id: "second", next: "done" },
        end,
      ],
      environment: strict,
    });
    const state = await scriptedRun({ settings, outcomes: [failing(refusal), failing(refusal)] }).start();
    expect(state.context).toEqual({ plan: null });
    expect(state.defaulted).toEqual([
      { step: 1, node: "first", keys: ["plan"] },
      { step: 2, node: "second", keys: [] },
    ]);
    expect(state.status).toMatchObject({ exit_code: 8 });
  });

  test("that is taken repeatedly in a loop is counted in one entry", async () => {
    const nodes: GraphSketch["nodes"] = [
      { ...agent, id: "ask", outputs: [{ key: "plan", default: 1 }], next: "also" },
      {
        ...agent,
        id: "also",
        outputs: [{ key: "note", default: 2 }],
        max_visits: 40,
        on_max_visits: "done",
        next: "ask",
      },
      end,
    ];
    const run = scriptedRun({
      settings: settingsOf({ nodes, environment: strict }),
      outcomes: Array.from({ length: 81 }, (_, index) => (index === 1 ? answer : failing(refusal))),
    });
    const state = await run.start();
    expect(state.status).toMatchObject({ exit_code: 8 });
    expect(state.defaulted).toEqual([
      { step: 80, node: "also", keys: ["note"], times: 39 },
      { step: 81, node: "ask", keys: ["plan"], times: 41 },
    ]);
    expect(countDefaulted(state.defaulted)).toBe(
      run.events().filter((event) => event.type === "step.finished" && event.defaulted !== undefined).length,
    );
  });

  test("is never taken with AGENT_USE_DEFAULT_OUTPUTS=false, even if the node asks for it", async () => {
    const nodes: GraphSketch["nodes"] = [
      { ...agent, id: "work", on_exhausted: "default", outputs: [{ key: "plan", default: 1 }], next: "done" },
      end,
    ];
    const settings = settingsOf({ nodes, environment: { ...strict, AGENT_USE_DEFAULT_OUTPUTS: "false" } });
    const state = await scriptedRun({ settings, outcomes: [failing(refusal)] }).start();
    expect(state.status).toEqual({ kind: "stopped", exit_code: 6, why: "work failed: It refused." });
    expect(state.context).toEqual({});
  });

  test("always has its label in recorded runs, and a run with a default never exits 0", async () => {
    await fc.assert(
      fc.asyncProperty(scenes, outcomes, async (scene, script) => {
        const run = scriptedRun({ settings: settingsOf(scene), outcomes: script });
        for (let starts = 0; starts < 20; starts++) if ((await run.start()).status.kind === "finished") break;
        const events = run.events();
        const finished = events.filter((event) => event.type === "step.finished");
        for (const event of finished) {
          const labelled = Object.keys(event.outputs).filter(
            (key) => event.sources[key]?.source === "default",
          );
          expect(labelled).toEqual(event.defaulted ?? []);
        }
        const { status } = fold(events);
        const defaulted = finished.some((event) => event.defaulted !== undefined);
        const reached = status.kind === "finished" && status.outcome === "terminal" ? status.exit_code : null;
        expect([null, defaulted ? 8 : 0]).toContain(reached);
      }),
      { numRuns: 200 },
    );
  });
});

/** Runs a script step that fails. */
const failureIn = (outcomes: Outcome[], fields: object) =>
  scriptedRun({
    settings: settingsOf({
      vars: { checks: "old" },
      nodes: [
        {
          id: "check",
          type: "script",
          script: "s.sh",
          outputs: [{ key: "checks", default: "given" }],
          next: "done",
          ...fields,
        },
        end,
        { id: "gave_up", type: "fail" },
      ],
    }),
    outcomes,
  }).start();

describe("on_exhausted", () => {
  test("stops the run, resumable, after a failed script by default", async () => {
    expect((await failureIn([failing(broken)], {})).status).toMatchObject({ kind: "stopped", exit_code: 6 });
  });

  test("may give a script's defaults, labelled", async () => {
    const state = await failureIn([failing(broken)], { on_exhausted: "default" });
    expect(state.status).toMatchObject({ exit_code: 8 });
    expect(state.sources["checks"]).toEqual({ source: "default", tainted_by: [] });
  });

  test("may name a node, which sees no values of the failed step", async () => {
    const state = await failureIn([failing(broken)], { on_exhausted: "gave_up" });
    expect(state.status).toEqual({ kind: "finished", exit_code: 1, outcome: "fail", node: "gave_up" });
    expect(state.context).toEqual({});
  });
});
