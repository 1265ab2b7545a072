import { describe, expect, it } from "vitest";
import type { Target } from "../../../src/chaos/case.ts";
import type { NodeTraits } from "../../../src/chaos/faults.ts";
import { planCases } from "../../../src/chaos/plan.ts";

const agent = (step: number, isLast = false): Target => ({
  step,
  node: `ask${step}`,
  visit: 1,
  type: "agent",
  durationMs: 1,
  isLast,
});
const script = (step: number): Target => ({ ...agent(step), node: `work${step}`, type: "script" });
const BAD = [
  { what: "empty", answer: { text: "", delay: undefined } },
  { what: "no JSON", answer: { text: "No.", delay: undefined } },
];
const traitsOf = (node: string): NodeTraits => ({
  badAnswers: node.startsWith("ask") ? BAD : [],
  retries: node === "work2",
  answers: node === "work3",
});
const plan = (targets: readonly Target[], seed = 1, maxCases = 1000) =>
  planCases({ targets, traitsOf, seed, maxCases });
const labels = (targets: readonly Target[], seed?: number) =>
  plan(targets, seed).cases.map(({ fault }) => fault.label);

describe("planCases", () => {
  it("disturbs each step with all that can happen to its kind", () => {
    expect(labels([agent(1, true)])).toEqual([
      "killed at its start",
      "killed in the middle",
      "stopped by SIGTERM",
      "network fails once",
      "network down for hours",
      "weekly cap",
      "login refused",
      "model unknown",
      "turn times out once",
      "every turn times out",
      "context overflows once",
      "context always overflows",
      "one bad answer: empty",
      "one bad answer: no JSON",
      expect.stringMatching(/^every answer bad: (empty|no JSON)$/),
      "killed right after it",
    ]);
  });

  it.each([
    { step: 1, more: [] },
    { step: 2, more: ["exits with 1 once"] },
    { step: 3, more: ["prints no JSON"] },
  ])("gives a script what its node allows ($more)", ({ step, more }) => {
    expect(labels([script(step)]).slice(7)).toEqual(more);
  });

  it("numbers the cases in the order of the run", () => {
    const { cases } = plan([script(1), agent(2)]);
    expect(cases.map(({ number }) => number)).toEqual(cases.map((_, index) => index + 1));
    expect(cases.map(({ target }) => target.step)).toEqual(
      cases.map(({ target }) => target.step).toSorted((left, right) => left - right),
    );
  });

  it("makes the same cases of the same seed, and other ones of another", () => {
    const targets = [agent(1), script(2), agent(3), script(4)];
    expect(plan(targets, 7, 9)).toEqual(plan(targets, 7, 9));
    const samples = [1, 2, 3, 4, 5].map((seed) => JSON.stringify(plan(targets, seed, 9).cases));
    expect(new Set(samples).size).toBeGreaterThan(1);
  });

  it("samples above the bound, visits every step and says how many there would be", () => {
    const targets = [agent(1), script(2), agent(3), script(4)];
    const { cases, possible } = plan(targets, 3, 6);
    expect(cases).toHaveLength(6);
    expect(possible).toBe(plan(targets).cases.length);
    expect([...new Set(cases.map(({ target }) => target.step))]).toEqual([1, 2, 3, 4]);
  });
});
