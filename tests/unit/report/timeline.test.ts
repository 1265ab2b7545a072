import { expect, test } from "vitest";
import type { ReportEntry } from "../../../src/report/report-data.ts";
import { timelineLanes } from "../../../src/report/timeline.ts";
import { step } from "./report-fixture.ts";

const entry = (
  kind: ReportEntry["kind"],
  state: ReportEntry["state"],
  startedMs: number,
  durationMs: number | null,
) => ({
  kind,
  state,
  startedMs,
  durationMs,
  title: "",
  detail: "",
  usage: null,
  prompt: null,
  answer: null,
});

test("attempts and waits become spans of their node's lane; notes and probes do not", () => {
  const entries = [
    entry("attempt", "failed", 0, 100),
    entry("wait", "wait", 100, 300),
    entry("probe", "ok", 200, null),
    entry("note", "note", 250, null),
    entry("attempt", "ok", 400, null),
  ];
  const lanes = timelineLanes([step(1, { startedMs: 0, durationMs: 1000, entries })], 1000);
  expect(lanes).toEqual([
    {
      node: "work",
      spans: [
        { kind: "failed", fromMs: 0, toMs: 100, step: 1, count: 1 },
        { kind: "wait", fromMs: 100, toMs: 400, step: 1, count: 1 },
        { kind: "ok", fromMs: 400, toMs: 1000, step: 1, count: 1 },
      ],
    },
  ]);
});

test("spans that touch become one, so that any number of steps gives a bounded number of spans", () => {
  const steps = Array.from({ length: 50_000 }, (_, index) =>
    step(index + 1, { node: index % 2 === 0 ? "a" : "b", startedMs: index * 10, durationMs: 1 }),
  );
  const lanes = timelineLanes(steps, 500_000);
  const spans = lanes.flatMap((lane) => lane.spans);
  expect(spans.length).toBeLessThan(5000);
  expect(spans.reduce((sum, span) => sum + span.count, 0)).toBe(50_000);
});
