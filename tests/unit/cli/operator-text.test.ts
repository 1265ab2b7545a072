import { describe, expect, it } from "vitest";
import { alignColumns } from "../../../src/cli/columns.ts";
import { headLines } from "../../../src/cli/history-lines.ts";
import { parseSizeBytes, sizeText } from "../../../src/cli/size.ts";
import { statusLines } from "../../../src/cli/status-lines.ts";
import { harmless, styleFor } from "../../../src/cli/style.ts";
import { costText, tokensText } from "../../../src/cli/usage-text.ts";
import { describeRun } from "../../../src/runs/run-overview.ts";
import { freshRecovery } from "../../../src/engine/reduce/initial-state.ts";
import type { OpenStep } from "../../../src/core/run-state.ts";
import { AT, stateOf } from "../store/run-fixture.ts";

const PLAIN = styleFor({ isTerminal: false, environment: {} });
const NOW_MS = Date.parse(AT) + 90_000;

const open = (phase: OpenStep["phase"]): OpenStep => ({
  kind: "branch",
  step: 3,
  node: "fix",
  visit: 1,
  started_at: AT,
  reads: [],
  attempts: 2,
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

const WAITING = open({
  kind: "waiting",
  wait: {
    for: "cap",
    started_at: AT,
    until: "2026-03-01T14:01:30.000Z",
    planned_ms: 14_490_000,
    slept_ms: 0,
    why: "weekly cap\u001B[2J",
    next: { mode: "task" },
    lease: 1,
    probes: 0,
    probed_at: null,
    lifted: false,
  },
});

describe("the lines of status", () => {
  const totals = { steps: 3, attempts: 4, resumes: 0, waited_ms: 0 };
  const usage = { input_tokens: 1000, output_tokens: 500, cost_usd: 1.5, unpriced_turns: 2 };

  it("say what a run waits for, how long still, and what it cost", () => {
    const state = stateOf({ open: WAITING, totals: { ...totals, usage } });
    expect(
      statusLines([describeRun(state, true)], { nowMs: NOW_MS, style: PLAIN, columns: Infinity }),
    ).toEqual([
      "RUN           STATE    AT      SINCE                          STEPS  TOKENS  COST",
      "demo-default  waiting  fix #3  2026-03-01 10:00:00Z (1m 30s)  3      1.5k    $1.50 + 2 unpriced",
      "    waits (cap) until 2026-03-01 14:01:30Z, 4h 00m left: weekly cap\\x1b[2J",
    ]);
  });

  it("fit a narrow terminal: ages without dates, the end of a node's name cut off, nothing of a run's", () => {
    const where = { ...WAITING, node: "a_node_with_a_very_long_name" };
    const named = stateOf({ open: where, totals: { ...totals, usage } });
    const runs = [describeRun(named, true)];
    expect(statusLines(runs, { nowMs: NOW_MS, style: PLAIN, columns: 80 })).toEqual([
      "RUN     STATE    AT                SINCE       STEPS  TOKENS  COST",
      "demo-default\n        waiting  a_node_with_… #3  1m 30s ago  3      1.5k    $1.50 + 2 unpriced",
      "    waits (cap) until 2026-03-01 14:01:30Z, 4h 00m left: weekly cap\\x1b[2J",
    ]);
  });

  it("call a run whose process is gone killed, waiting or not", () => {
    const state = stateOf({ open: WAITING, totals: { ...totals, usage: {} } });
    const [, line] = statusLines([describeRun(state, false)], {
      nowMs: NOW_MS,
      style: PLAIN,
      columns: Infinity,
    });
    expect(line).toMatch(/^demo-default {2}interrupted \(killed\) {2}fix #3 /);
  });

  it("name the steps that took defaults", () => {
    const state = stateOf({
      status: { kind: "finished", exit_code: 8, outcome: "terminal", node: "done" },
      defaulted: [
        { step: 2, node: "plan", keys: ["plan", "tasks"] },
        { step: 9, node: "fix", keys: ["done"], times: 3 },
      ],
    });
    const lines = statusLines([describeRun(state, false)], {
      nowMs: NOW_MS,
      style: PLAIN,
      columns: Infinity,
    });
    expect(lines.slice(1).map((line) => line.replace(/ {2}2026.*/, ""))).toEqual([
      "demo-default  finished (8)  done",
      "    defaulted: plan #2 (plan, tasks), fix #9 (done; 3 times)",
    ]);
    expect(headLines(describeRun(state, false), { style: PLAIN, columns: Infinity }).at(-1)).toBe(
      "defaulted: plan #2 (plan, tasks), fix #9 (done; 3 times)",
    );
  });
});

describe("amounts", () => {
  it.each([
    [{ cost_usd: null, unpriced_turns: 0 }, "-"],
    [{ cost_usd: null, unpriced_turns: 2 }, "unpriced"],
    [{ cost_usd: 0, unpriced_turns: 0 }, "$0.00"],
    [{ cost_usd: 0.0123, unpriced_turns: 0 }, "$0.0123"],
    [{ cost_usd: 12.345, unpriced_turns: 1 }, "$12.35 + 1 unpriced"],
  ])("%j cost %s", (amounts, text) => {
    expect(costText(amounts)).toBe(text);
  });

  it.each([
    [{ input: null, output: null }, "-"],
    [{ input: 0, output: null }, "0"],
    [{ input: 900, output: 100, cache_read: 11_000 }, "12.0k"],
    [{ input: 999_960 }, "1.0M"],
  ])("%j are %s tokens", (tokens, text) => {
    expect(tokensText({ tokens })).toBe(text);
  });

  it.each([
    ["10GB", 10_000_000_000],
    ["1.5mb", 1_500_000],
    ["0B", 0],
    ["10", undefined],
    ["GB", undefined],
    ["-1GB", undefined],
  ])("%s is %s bytes", (text, bytes) => {
    expect(parseSizeBytes(text)).toBe(bytes);
  });

  it.each([
    [812, "812B"],
    [4200, "4.2KB"],
    [1_300_000_000, "1.3GB"],
  ])("%d bytes are %s", (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });
});

describe("colours", () => {
  it.each([
    [true, {}, "\u001B[31mx\u001B[0m"],
    [true, { NO_COLOR: "1" }, "x"],
    [true, { NO_COLOR: "" }, "\u001B[31mx\u001B[0m"],
    [true, { TERM: "dumb" }, "x"],
    [false, {}, "x"],
  ])("terminal %s, %j", (isTerminal, environment, text) => {
    expect(styleFor({ isTerminal, environment }).bad("x")).toBe(text);
  });

  it("take no room in a column", () => {
    const { bad } = styleFor({ isTerminal: true, environment: {} });
    expect(
      alignColumns([
        [bad("ab"), "1"],
        ["abcd", "2"],
      ]),
    ).toEqual([`${bad("ab")}    1`, "abcd  2"]);
  });

  it("are not for agents to choose", () => {
    expect(harmless("rm \u202Egpj.x\u202C \u2066ü שלום")).toBe("rm \\u202egpj.x\\u202c \\u2066ü שלום");
    expect(harmless("a\u001B]0;title\u0007b\tc\nd\u009B1m")).toBe("a\\x1b]0;title\\x07b\tc\nd\\x9b1m");
  });
});
