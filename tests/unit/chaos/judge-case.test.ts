import { describe, expect, it } from "vitest";
import type { ChaosCase, Expectation, Injection } from "../../../src/chaos/case.ts";
import type { RunRecord, StepRecord } from "../../../src/chaos/record.ts";
import type { Undisturbed } from "../../../src/chaos/undisturbed.ts";
import { judgeCase, type SeenStart } from "../../../src/chaos/judge-case.ts";

const step = (number: number, node: string, change: Partial<StepRecord> = {}): StepRecord => ({
  step: number,
  node,
  visit: 1,
  type: "agent",
  attempts: 1,
  cuts: 0,
  reframes: 0,
  next: "done",
  defaulted: [],
  failed: false,
  durationMs: 1,
  script: null,
  ...change,
});
const source = (...tainted_by: string[]) => ({ source: "replay" as const, tainted_by });

const record = (change: Partial<RunRecord> = {}): RunRecord => ({
  uuid: "u-1",
  status: "finished",
  end: "done",
  why: "",
  limitReached: null,
  steps: [step(1, "ask", { next: "use" }), step(2, "use")],
  doubled: [],
  context: { a: 1, at: "now", place: "/base/x" },
  sources: { a: source() },
  ...change,
});
const UNDISTURBED: Undisturbed & { root: string } = {
  record: record(),
  exitCode: 0,
  varying: new Set(["at"]),
  durationMs: 1,
  root: "/base",
};
const start = (exitCode: number | null, change: Partial<RunRecord> = {}): SeenStart => ({
  exitCode,
  overdue: false,
  record: record({ uuid: "u-2", context: { a: 1, at: "later", place: "/case/x" }, ...change }),
});
const judged = (expects: Expectation, starts: readonly SeenStart[], more: Partial<Judging> = {}) => {
  const { inject = { kind: "none" }, ledger = new Map<number, number>(), happened = true } = more;
  const chaosCase: ChaosCase = {
    number: 1,
    target: { step: 1, node: "ask", visit: 1, type: "agent", durationMs: 1, isLast: false },
    fault: { label: "fault", expects, inject },
  };
  return judgeCase({
    chaosCase,
    undisturbed: UNDISTURBED,
    seen: { root: "/case", starts, ledger, happened },
  });
};
interface Judging {
  readonly inject: Injection;
  readonly ledger: ReadonlyMap<number, number>;
  readonly happened: boolean;
}

const OPEN = { status: "waiting", end: null, steps: [step(1, "ask", { next: null })] } as const;

describe("judgeCase", () => {
  it.each(["cut", "passing", "once", "lasting"] as const)("keeps an end that is the same (%s)", (expects) => {
    expect(judged(expects, [start(0)])).toEqual({
      judgement: "kept",
      notes: [],
      reached: "done",
      exitCode: 0,
      defaulted: [],
      tainted: [],
      again: [],
    });
  });

  it("names what was cut and done again", () => {
    const steps = [step(1, "ask", { next: "use", cuts: 1, attempts: 2 }), step(2, "use")];
    expect(judged("cut", [start(null, OPEN), start(0, { steps })])).toMatchObject({
      judgement: "kept",
      again: ["ask"],
    });
  });

  it.each([
    {
      what: "another value after a kill",
      result: () => judged("cut", [start(0, { context: { a: 2, at: "x", place: "/case/x" } })]),
      note: "other values in a",
    },
    {
      what: "another end after a kill",
      result: () => judged("cut", [start(1, { end: "lost" })]),
      note: "ends at lost, not at done",
    },
    {
      what: "a finished step that is gone",
      result: () =>
        judged("cut", [
          start(null),
          start(0, { steps: [step(1, "ask", { next: "use" }), step(2, "other")] }),
        ]),
      note: "the finished step of use was lost",
    },
    {
      what: "a finished step that was done again",
      result: () => judged("lasting", [start(0, { doubled: ["ask"] })]),
      note: "ask was done again after it had finished",
    },
    {
      what: "a script start that nobody recorded",
      result: () => judged("cut", [start(0)], { ledger: new Map([[1, 2]]) }),
      note: "the script of ask was started 2 times for 1 recorded",
    },
    {
      what: "a default in an outage",
      result: () =>
        judged("outage", [
          start(8, { steps: [step(1, "ask", { next: "use", defaulted: ["a"] }), step(2, "use")] }),
        ]),
      note: "a defaulted during the outage",
    },
    {
      what: "a simpler question in an outage",
      result: () =>
        judged("outage", [
          start(75, { ...OPEN, steps: [step(1, "ask", { next: null, reframes: 1 })] }),
          start(0),
        ]),
      note: "ask was asked something simpler in the outage",
    },
    {
      what: "a crash",
      result: () => judged("lasting", [start(70)]),
      note: "a start ended with exit 70",
    },
    {
      what: "a fault that never took place",
      result: () => judged("cut", [start(0)], { happened: false }),
      note: "the fault never took place at ask, visit 1",
    },
    {
      what: "a script that is not safe to run again",
      result: () =>
        judged("cut", [start(6, { status: "stopped", end: null })], {
          inject: { kind: "script", act: "pause-after" },
        }),
      note: "ends at no end, not at done: the script of ask is not safe to run again (see LONGHAUL_STEP)",
    },
  ])("calls broken: $what", ({ result, note }) => {
    expect(result()).toMatchObject({ judgement: "broken" });
    expect(result().notes).toContain(note);
  });

  it("keeps an outage that is waited out", () => {
    expect(judged("outage", [start(75, OPEN), start(0)])).toMatchObject({
      judgement: "kept",
      reached: "done",
    });
  });

  it("shows defaults and what they tainted, as something to look at", () => {
    const steps = [step(1, "ask", { next: "use", defaulted: ["a"] }), step(2, "use")];
    expect(judged("lasting", [start(8, { steps, sources: { a: source(), b: source("a") } })])).toMatchObject({
      judgement: "look",
      defaulted: ["a"],
      tainted: ["b"],
      notes: ["a took the default; computed from it: b"],
    });
  });

  it.each([
    { what: "a fail node", seen: start(1, { end: "gave_up" }), note: "ends at gave_up, not at done" },
    {
      what: "a step that may not be defaulted",
      seen: start(6, { status: "stopped", end: null, why: "ask failed: /case/x was read" }),
      note: "does not end: ask failed: <case>/x was read",
    },
    {
      what: "a run that goes round in circles",
      seen: start(5, { status: "stopped", end: null, why: "The limit steps=65 leaves no room." }),
      note: "stopped by a limit after 2 steps; is a loop without a bound?",
    },
    {
      what: "a loop",
      seen: { ...start(null, OPEN), overdue: true },
      note: "did not end in the time that a case has; is a loop without a bound?",
    },
  ])("shows $what, as something to look at", ({ seen, note }) => {
    expect(judged("lasting", [seen])).toMatchObject({ judgement: "look", notes: [note] });
  });
});
