import { describe, expect, it } from "vitest";
import type { EventBody, JournalEvent } from "../../../src/core/event.ts";
import { contextChanges } from "../../../src/runs/read-history.ts";
import { createHistory, type StepHistory } from "../../../src/runs/run-history.ts";

/** Events one second apart, numbered as a journal numbers them. */
const journalOf = (...bodies: readonly EventBody[]): readonly JournalEvent[] =>
  bodies.map((body, index) => ({
    seq: index + 2,
    batch: index + 2,
    lease: 1,
    at: `2026-03-01T10:00:${String(index).padStart(2, "0")}.000Z`,
    ...body,
  }));

const started = (step: number, node = "plan"): EventBody => ({
  type: "step.started",
  step,
  node,
  node_type: "agent",
  visit: 1,
  reads: [],
  missing: [],
});
const attempt = (step: number, number: number, mode: "task" | "resend" = "task"): EventBody => ({
  type: "attempt.started",
  step,
  attempt: number,
  mode,
  session: { number: 1, id: "s", fresh: true },
  timeout_ms: 1000,
});
const failed = (step: number, number: number): EventBody => ({
  type: "attempt.failed",
  step,
  attempt: number,
  failure: { class: "transient", reason: "network", message: "cut" },
  session: null,
  usage: { input_tokens: 10, unpriced_turns: 1 },
  duration_ms: 700,
});
const answered = (step: number, number: number): EventBody => ({
  type: "attempt.finished",
  step,
  attempt: number,
  outputs: {},
  source: "agent",
  session: null,
  usage: { input_tokens: 5, cost_usd: 0.5 },
  model: "opus",
  duration_ms: 900,
});
const finished = (step: number, node = "plan"): EventBody => ({
  type: "step.finished",
  step,
  node,
  outputs: {},
  sources: { plan: { source: "default", tainted_by: ["plan"] } },
  set: {},
  next: "done",
  defaulted: ["plan"],
  duration_ms: 4000,
});
const wait: EventBody = {
  type: "wait.started",
  step: 1,
  for: "backoff",
  until: "2026-03-01T10:01:00.000Z",
  planned_ms: 60_000,
  why: "cut",
  next: { mode: "task" },
};

function steps(events: readonly JournalEvent[]): readonly StepHistory[] {
  const history = createHistory();
  const ended = events.flatMap((event) => history.push(event) ?? []);
  return [...ended, ...(history.open() === undefined ? [] : [history.open()])].filter(
    (step) => step !== undefined,
  );
}

describe("the history of a run", () => {
  it("has the attempts and waits of a step in order, with their usage", () => {
    const [step] = steps(
      journalOf(
        started(1),
        attempt(1, 1),
        failed(1, 1),
        wait,
        { type: "wait.ticked", step: 1, slept_ms: 30_000 },
        { type: "wait.finished", step: 1, slept_ms: 60_000, how: "elapsed" },
        attempt(1, 2, "resend"),
        answered(1, 2),
        finished(1),
      ),
    );
    expect(step).toMatchObject({
      step: 1,
      usage: { input_tokens: 15, cost_usd: 0.5, unpriced_turns: 1 },
      waited_ms: 60_000,
      end: { duration_ms: 4000, next: "done", defaulted: ["plan"] },
    });
    expect(
      step?.entries.map((entry) => (entry.kind === "attempt" ? [entry.mode, entry.result] : entry.kind)),
    ).toEqual([["task", "failed"], "wait", ["resend", "finished"]]);
  });

  it("keeps a cut attempt and notes that the run was resumed during the step", () => {
    const cut: EventBody = {
      type: "attempt.interrupted",
      step: 1,
      attempt: 1,
      ran_ms: 300,
      progressed: true,
      prompt_stored: true,
      session: null,
    };
    const interrupted: EventBody = { type: "run.interrupted", why: "signal", message: "Stopped by SIGTERM." };
    const [step] = steps(journalOf(started(1), attempt(1, 1), cut, interrupted, attempt(1, 2)));
    expect(step?.end).toBeNull();
    expect(step?.entries).toMatchObject([
      { kind: "attempt", result: "interrupted", duration_ms: 300 },
      { kind: "note", text: "the run was interrupted: Stopped by SIGTERM." },
      { kind: "attempt", attempt: 2, result: "running", duration_ms: null },
    ]);
  });

  it("returns a step that the user moved the run away from when the next one begins", () => {
    const moved: EventBody = { type: "cursor.moved", why: "at", node: "fix" };
    const found = steps(journalOf(started(1), attempt(1, 1), moved, started(2, "fix"), finished(2, "fix")));
    expect(found.map(({ step, end }) => [step, end === null])).toEqual([
      [1, true],
      [2, false],
    ]);
  });
});

describe("what a step changed in the context", () => {
  it("is listed by key, with the source of the current value", () => {
    const source = { source: "agent", tainted_by: [] } as const;
    expect(
      contextChanges(
        { context: { kept: { a: 1 }, gone: 1, other: 1 } },
        {
          context: { kept: { a: 1 }, other: 2, fresh: [1] },
          sources: { other: { ...source, tainted_by: [] }, fresh: { ...source, tainted_by: [] } },
        },
      ),
    ).toEqual([
      { key: "fresh", before: undefined, after: [1], source },
      { key: "gone", before: 1, after: undefined, source: undefined },
      { key: "other", before: 1, after: 2, source },
    ]);
  });
});
