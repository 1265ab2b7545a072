import { expect, test } from "vitest";
import { fitData } from "../../../src/report/fit.ts";
import type { ReportData, ReportStep } from "../../../src/report/report-data.ts";
import { data, entry, step, text } from "./report-fixture.ts";

const fitted = (steps: readonly ReportStep[], bytes?: number): ReportData =>
  JSON.parse(fitData(data(steps), bytes));

test("what is small stays as it is", () => {
  const small = data([step(1, { output: text(1000), entries: [entry(1000)] })]);
  expect(JSON.parse(fitData(small))).toEqual(small);
});

test("5,000 steps with prompts of 20,000 characters, each escaped, stay a file that opens quickly", () => {
  const long = "<".repeat(20_000);
  const prompt = { text: long, characters: 20_000, file: "steps/x/prompt.md" };
  const steps = Array.from({ length: 5000 }, (_, index) =>
    step(index + 1, { entries: [{ ...entry(0), prompt }] }),
  );
  const json = fitData(data(steps));
  expect(Buffer.byteLength(json)).toBeLessThan(16 * 1024 * 1024);
  const parsed: ReportData = JSON.parse(json);
  expect(parsed.steps.length).toBe(5000);
  expect(parsed.steps[0]?.entries[0]?.prompt).toMatchObject({
    characters: 20_000,
    file: "steps/x/prompt.md",
  });
});

test("of too many entries the first and the last stay, and the rest is counted", () => {
  const entries = Array.from({ length: 1000 }, (_, index) => ({ ...entry(0), title: `${index}` }));
  const [kept] = fitted([step(1, { entries })]).steps;
  expect(kept?.entriesLeftOut).toBe(600);
  expect([kept?.entries[0]?.title, kept?.entries.at(-1)?.title]).toEqual(["0", "999"]);
});

test("of too many steps the noteworthy and the newest stay", () => {
  const steps = Array.from({ length: 20_000 }, (_, index) =>
    step(index + 1, index === 3 ? { outcome: "defaulted" } : {}),
  );
  const parsed = fitted(steps);
  expect(parsed.steps.length).toBe(10_000);
  expect(parsed.stepsInAll).toBe(20_000);
  expect([parsed.steps[0]?.step, parsed.steps[1]?.step, parsed.steps.at(-1)?.step]).toEqual([
    4, 10_002, 20_000,
  ]);
});
