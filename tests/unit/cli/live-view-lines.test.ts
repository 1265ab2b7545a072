import { describe, expect, it, test } from "vitest";
import {
  EMPTY_VIEW,
  liveLines,
  type LiveView,
  withActivity,
  withEvents,
} from "../../../src/cli/live-view-lines.ts";
import { styleFor } from "../../../src/cli/style.ts";
import { widthOf } from "../../../src/cli/text-width.ts";
import type { JournalEvent } from "../../../src/core/event.ts";
import type { OpenStep, RunState } from "../../../src/core/run-state.ts";
import { freshRecovery } from "../../../src/engine/reduce/initial-state.ts";
import { AT, stateOf } from "../store/run-fixture.ts";

const PLAIN = styleFor({ isTerminal: false, environment: {} });
const START_MS = Date.parse(AT);
const after = (seconds: number, columns = 120) => ({
  nowMs: START_MS + seconds * 1000,
  columns,
  style: PLAIN,
});

const openStep = (phase: OpenStep["phase"], attempts = 1): OpenStep => ({
  kind: "branch",
  step: 3,
  node: "fix",
  visit: 1,
  started_at: AT,
  reads: [],
  attempts,
  cut_attempts: 0,
  resumed: false,
  session: null,
  sessions: 0,
  prompt_stored: false,
  charged_ms: 0,
  last_failure: null,
  complaint: null,
  recovery: freshRecovery(),
  phase,
});
const ATTEMPTING = openStep({ kind: "attempting", attempt: 1, started_at: AT });
const waiting = (until: string) =>
  openStep({
    kind: "waiting",
    wait: {
      for: "cap",
      started_at: AT,
      until,
      planned_ms: 14_400_000,
      slept_ms: 0,
      why: "weekly cap\u001B[2J\nreached",
      next: { mode: "task" },
      lease: 1,
      probes: 0,
      probed_at: null,
      lifted: false,
    },
  });

const NO_USAGE: RunState["totals"] = { steps: 3, attempts: 1, resumes: 0, waited_ms: 0, usage: {} };
const viewOf = (state: Partial<RunState>, view: Partial<LiveView> = {}): LiveView => ({
  ...EMPTY_VIEW,
  nodeType: "agent",
  run: { ...stateOf({ totals: NO_USAGE, ...state }), defaulted: [] },
  ...view,
});
const atUntil = (seconds: number) => new Date(START_MS + seconds * 1000).toISOString();
const told = (view: LiveView, id: string, tokens: number) =>
  withActivity(view, { kind: "tokens_used", id, tokens }, START_MS);
const began = (id: string, argument: string, second: number) => (view: LiveView) =>
  withActivity(view, { kind: "tool_started", id, name: "Bash", argument }, START_MS + second * 1000);

describe("the block below the steps", () => {
  test.each<[string, LiveView, number, readonly string[]]>([
    ["before the run says anything", EMPTY_VIEW, 0, []],
    ["an attempt", viewOf({ open: ATTEMPTING }), 7, ["#3 fix (agent) · 7s", "demo-default · 3 steps"]],
    [
      "a later attempt, after hours",
      viewOf({ open: { ...ATTEMPTING, attempts: 2 } }),
      7500,
      ["#3 fix (agent), attempt 2 · 2h 05m", "demo-default · 3 steps"],
    ],
    [
      "a compaction of a step that began before this start",
      viewOf({ open: openStep({ kind: "compacting", compaction: 1 }) }, { nodeType: "" }),
      90,
      ["#3 fix, compacting the session · 1m 30s", "demo-default · 3 steps"],
    ],
    [
      "a wait",
      viewOf({ open: waiting(atUntil(3600)) }),
      60,
      [
        "#3 fix (agent) · 1m 00s",
        `  waits (cap) 59m 00s left, until ${atUntil(3600).slice(0, 10)} ${atUntil(3600).slice(11, 19)}Z: weekly cap\\x1b[2J reached`,
        "demo-default · 3 steps",
      ],
    ],
    ["between steps", viewOf({ open: null, cursor: "check" }), 0, ["on to check", "demo-default · 3 steps"]],
    ["a run that has ended", viewOf({ status: { kind: "interrupted", why: "x" } }), 0, []],
    [
      "tokens without a price",
      viewOf({
        open: ATTEMPTING,
        totals: { ...NO_USAGE, usage: { input_tokens: 1200, output_tokens: 300, unpriced_turns: 1 } },
      }),
      0,
      ["#3 fix (agent) · 0s", "demo-default · 3 steps · 1.5k tokens · unpriced"],
    ],
    [
      "tokens and cost",
      viewOf({
        open: ATTEMPTING,
        totals: { ...NO_USAGE, usage: { input_tokens: 10, cost_usd: 1.2, unpriced_turns: 3 } },
      }),
      0,
      ["#3 fix (agent) · 0s", "demo-default · 3 steps · 10 tokens · $1.20 + 3 unpriced"],
    ],
  ])("shows %s", (_what, view, seconds, lines) => {
    expect(liveLines(view, after(seconds))).toEqual(lines);
  });

  it("shows of how much the cost is, where it is limited", () => {
    const usage = { input_tokens: 10, cost_usd: 1.2 };
    const run = { open: ATTEMPTING, totals: { ...NO_USAGE, usage } };
    const limits = { workflow: { cost_usd: 10, steps: 9 }, asked: { cost_usd: 40 } };
    expect(liveLines(viewOf({ ...run, limits }), after(0)).at(-1)).toBe(
      "demo-default · 3 steps · 10 tokens · $1.20 of $40.00",
    );
  });

  it("shows the newest tool calls, the running ones with their time, and forgets them with the attempt", () => {
    const run = viewOf({ open: ATTEMPTING });
    const seen = [
      began("a", "ls", 1),
      began("b", "npm test\u001B]0;title\u0007", 2),
      began("c", "", 3),
      began("c", "", 4), // said twice
      (view: LiveView) => withActivity(view, { kind: "tool_ended", id: "c", output: "" }, START_MS + 5000),
      (view: LiveView) =>
        withActivity(view, { kind: "tool_ended", id: "unknown", output: "" }, START_MS + 5000),
    ].reduce((view, step) => step(view), run);
    expect(liveLines(seen, after(12))).toEqual([
      "#3 fix (agent) · 12s",
      "  Bash npm test\\x1b]0;title\\x07 · 10s",
      "  Bash",
      "demo-default · 3 steps · 3 tool calls",
    ]);
    const again = { type: "attempt.started" } as JournalEvent; // only its type is read
    const { calls, callCount } = withEvents(seen, [again], seen.run ?? stateOf({}));
    expect({ calls, callCount }).toEqual({ calls: [], callCount: 3 });
  });

  it("adds what the running turn used, marked, until the turn has ended and the totals have it", () => {
    const usage = { input_tokens: 1000, cost_usd: 0.5 };
    const run = viewOf({ open: ATTEMPTING, totals: { ...NO_USAGE, usage } });
    const running = told(told(told(run, "a", 100), "b", 300), "a", 200);
    expect(liveLines(running, after(1)).at(-1)).toBe(
      "demo-default · 3 steps · ~1.5k tokens · $0.50 + this turn",
    );
    expect(liveLines(running, after(1, 50)).at(-1)).toBe("3 steps · ~1.5k tokens · $0.50 + this turn");
    const ended = { type: "attempt.finished" } as JournalEvent; // only its type is read
    const totals = { ...NO_USAGE, usage: { input_tokens: 1510, cost_usd: 0.75 } };
    const done = withEvents(running, [ended], stateOf({ open: ATTEMPTING, totals }));
    expect(liveLines(done, after(1)).at(-1)).toBe("demo-default · 3 steps · 1.5k tokens · $0.75");
  });

  it.each([0, 1, 2, 9, 20, 40])("fits %i columns", (columns) => {
    const view = withActivity(
      viewOf({ open: ATTEMPTING }),
      { kind: "tool_started", id: "a", name: "Bash", argument: "漢字 and 👩‍👩‍👧 and a long command line" },
      START_MS,
    );
    for (const lines of [view, viewOf({ open: waiting(atUntil(9)) })].map((shown) =>
      liveLines(shown, after(1, columns)),
    ))
      expect(Math.max(...lines.map((line) => widthOf(line)))).toBeLessThanOrEqual(columns);
  });
});
