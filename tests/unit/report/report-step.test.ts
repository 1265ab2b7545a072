import { describe, expect, test } from "vitest";
import type { StepEntry, StepHistory } from "../../../src/runs/run-history.ts";
import { costWords, tokenWords } from "../../../src/report/page/words.ts";
import { reportStep } from "../../../src/report/report-step.ts";
import { reportUsage } from "../../../src/report/report-usage.ts";
import { collectTexts, LONGEST_TEXT } from "../../../src/report/step-texts.ts";

const AT = "2026-01-01T00:00:00.000Z";
const START_MS = Date.parse(AT);

const attempt = (mode: string, result: "finished" | "failed" | "running" = "finished"): StepEntry => ({
  kind: "attempt",
  attempt: 1,
  mode,
  level: null,
  session: 1,
  started_at: AT,
  result,
  duration_ms: result === "running" ? null : 5,
  failure: null,
  usage: null,
  model: null,
});

const END = { at: AT, duration_ms: 7, next: "done", sources: {}, defaulted: [], failure: null, branch: null };
const REFUSAL = { class: "answer", reason: "refusal", message: "No." } as const;

const FAILED = { ...attempt("task", "failed"), failure: REFUSAL };

const report = (history: Partial<StepHistory>, isOpen = false) =>
  reportStep({
    history: {
      step: 1,
      node: "work",
      node_type: "agent",
      visit: 1,
      started_at: AT,
      reads: [],
      entries: [],
      usage: {},
      waited_ms: 0,
      end: null,
      ...history,
    },
    texts: collectTexts("steps/000001-work").texts,
    folder: "steps/000001-work",
    isOpen,
    untilMs: START_MS + 1000,
  });

const source = (kind: "agent" | "repaired" | "reframed" | "default", tainted_by: readonly string[] = []) => ({
  plan: { source: kind, tainted_by: [...tainted_by] },
});

describe("the outcome of a step", () => {
  test.each([
    ["genuine", { end: { ...END, sources: source("agent") } }],
    ["repaired", { end: { ...END, sources: source("repaired") } }],
    ["reframed", { end: { ...END, sources: source("reframed") } }],
    ["repaired", { end: END, entries: [attempt("task", "failed"), attempt("correct")] }],
    ["reframed", { end: END, entries: [attempt("reframe")] }],
    ["defaulted", { end: { ...END, defaulted: ["plan"], failure: REFUSAL, sources: source("default") } }],
    ["failed", { end: { ...END, failure: REFUSAL } }],
    ["dropped", { end: null }],
  ])("%s: %j", (outcome, history) => {
    expect(report(history).outcome).toBe(outcome);
  });

  test("open, timed to the run's newest event", () => {
    expect(report({ end: null, entries: [attempt("task", "running")] }, true)).toMatchObject({
      outcome: "open",
      durationMs: 1000,
      entries: [{ state: "open", durationMs: null }],
    });
  });

  test.each([
    ["", { end: END }],
    ["after answer/refusal: No.", { end: END, entries: [FAILED, attempt("correct")] }],
    ["answer/refusal: No.", { end: { ...END, failure: REFUSAL }, entries: [FAILED] }],
    ["answer/refusal: No.", { end: null, entries: [FAILED, attempt("correct", "running")] }],
    ["", { end: null, entries: [attempt("task", "running")] }],
  ])("comes with its reason: %j", (reason, history) => {
    expect(report(history).reason).toBe(reason);
  });

  test("names what it was computed from", () => {
    expect(report({ end: { ...END, sources: source("agent", ["verdict"]) } }).tainted).toEqual(["verdict"]);
  });
});

test("texts of a step are bounded and name the file where the whole is", () => {
  const collector = collectTexts("steps/000001-work");
  const prompt = "x".repeat(LONGEST_TEXT + 5);
  collector.event({
    seq: 1,
    batch: 1,
    lease: 1,
    at: AT,
    type: "attempt.started",
    step: 1,
    attempt: 3,
    mode: "task",
    session: null,
    prompt,
    timeout_ms: 1,
  });
  expect(collector.texts.prompts.get(3)).toEqual({
    text: "x".repeat(LONGEST_TEXT),
    characters: LONGEST_TEXT + 5,
    file: "steps/000001-work/attempts/03/prompt.md",
  });
});

test.each([
  [{ input_tokens: 900, output_tokens: 99, cost_usd: 1.234 }, "$1.23", "999"],
  [{ input_tokens: 10_000, cache_read_tokens: 2345, unpriced_turns: 2 }, "unpriced", "12.3k"],
  [{ input_tokens: 2_500_000, cost_usd: 0.0123, unpriced_turns: 1 }, "$0.0123 + 1 unpriced", "2.50M"],
  [{}, "", ""],
])("%j costs %s for %s tokens", (usage, cost, tokens) => {
  expect([costWords(reportUsage(usage)), tokenWords(reportUsage(usage))]).toEqual([cost, tokens]);
});
