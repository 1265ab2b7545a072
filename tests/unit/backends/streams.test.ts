import { expect, test } from "vitest";
import type { CliName } from "../../../src/backends/backend.ts";
import { createCodexStream, readCodexLine } from "../../../src/backends/codex/stream.ts";
import { BACKENDS } from "../../../src/backends/table.ts";
import { playTurn, streamLines } from "../../support/recorded-turn.ts";

test.each<[CliName, string, string]>([
  ["claude", "success", "Hello there."],
  ["claude", "two-texts", "First block.\n\nSecond block."],
  ["claude", "tool-call", "Let me run it.\n\nIt printed hi."],
  ["claude", "subagent", "main done"],
  ["codex", "success", "Hello there."],
  ["codex", "two-texts", "First block.\n\nSecond block."],
  ["codex", "tool-call", "Let me run it.\n\nIt printed hi."],
  ["copilot", "success", "Hello there."],
  ["copilot", "tool-call", "Let me run it.\n\nIt printed hi."],
  ["copilot", "subagent", "main done"],
])("%s %s: the text is everything the model said at top level", async (cli, name, text) => {
  expect((await playTurn(cli, name)).report.text).toBe(text);
});

test("claude's structured answer is accepted unchanged", async () => {
  const { report } = await playTurn("claude", "schema-ok");
  expect(report.structured).toEqual({ status: "ok", count: 5 });
});

test("claude's reasons for rejecting structured answers are part of its texts", async () => {
  const { report } = await playTurn("claude", "schema-always-invalid");
  expect(report.facts["message"]).toContain(
    "Output does not match required schema: root: must have required property 'count', /status: must be equal",
  );
});

test.each(["claude", "codex", "copilot"] as const)(
  "%s: a running tool is open until its result",
  async (cli) => {
    const { activities } = await playTurn(cli, "tool-call");
    const open = activities.map(({ openTools }) => openTools);
    expect(Math.max(...open)).toBe(1);
    expect(open.at(-1)).toBe(0);
    expect(activities.findIndex(({ final }) => final)).toBe(activities.length - 1);
  },
);

test.each(Object.values(BACKENDS).map((backend) => [backend.name, backend] as const))(
  "%s: what the lines show besides what they say is told of turns and compactions alike",
  async (_name, backend) => {
    const place = { cwd: "/workspace", environment: { HOME: "/nowhere" }, model: undefined, asRoot: false };
    const asked = { prompt: "", session: { id: "s-1", fresh: true }, addDirs: [], attemptDir: "/nowhere" };
    const turn = await backend.beginTurn({ ...place, ...asked, effort: undefined, outputSchema: undefined });
    const compaction = await backend.beginCompaction({ ...place, sessionId: "s-1" });
    const end = { kind: "exited", code: 0 } as const;
    const ended = { end, stderrTail: "", endedAtMs: 0, lineFacts: { line_cut: true } };
    expect((await turn.finish(ended)).facts).toMatchObject({ line_cut: true });
    expect((await compaction.finish(ended)).report.facts).toMatchObject({ line_cut: true });
  },
);

test.each(["claude", "codex", "copilot"] as const)(
  "%s: a banner is not activity of the model",
  async (cli) => {
    const { report, activities } = await playTurn(cli, "hang-sigterm");
    expect(activities.some(({ model }) => model)).toBe(false);
    expect(report.sawModelEvent).toBe(false);
  },
);

test("usage has one set of names, and cached tokens are not counted as input again", async () => {
  expect((await playTurn("claude", "success")).report.usage).toEqual({
    input_tokens: 1000,
    output_tokens: 40,
    cache_read_tokens: 200,
    cache_write_tokens: 50,
    cost_usd: 0.0038475000000000002,
  });
  expect((await playTurn("codex", "success-ratelimit-headers")).report.usage).toEqual({
    input_tokens: 120,
    output_tokens: 30,
    cache_read_tokens: 0,
    reasoning_tokens: 0,
    unpriced_turns: 1,
  });
  expect((await playTurn("copilot", "compact-1-base")).report.usage).toMatchObject({
    output_tokens: 1850,
    unpriced_turns: 1,
  });
});

test("usage that a CLI did not report is absent, not zero", async () => {
  for (const [cli, name] of [
    ["claude", "e401"],
    ["codex", "e400-overflow"],
    ["codex", "e401"],
    ["copilot", "e401"],
  ] as const) {
    expect((await playTurn(cli, name)).report.usage).toBeUndefined();
  }
});

async function* cutBeforeItsResult() {
  yield* streamLines("claude", "tool-call").slice(0, -1);
}

test("a claude turn that was cut off has its messages' usage and an unknown price", async () => {
  const cut = await BACKENDS.claude.inspectCut({
    lines: cutBeforeItsResult(),
    session: { id: null, fresh: true },
    prompt: "Say hello.",
    cwd: "/workspace",
    environment: { HOME: "/nowhere" },
    startedAtMs: 0,
  });
  const whole = (await playTurn("claude", "tool-call")).report.usage;
  expect(cut.usage).toMatchObject({ input_tokens: whole?.input_tokens, unpriced_turns: 1 });
  expect(cut.usage).not.toHaveProperty("cost_usd");
});

test("the serving model is distinguished from the requested one", async () => {
  expect((await playTurn("claude", "fallback-model-529")).report).toMatchObject({
    expectedModel: "claude-sonnet-5",
    model: "claude-haiku-4-5-20251001",
  });
});

test("codex reports a substituted model in a warning", () => {
  const stream = createCodexStream();
  const item = { type: "error", message: "model rerouted: asked-1 -> served-2 (HighRiskCyberActivity)" };
  readCodexLine(stream, JSON.stringify({ type: "item.completed", item }));
  expect(stream.rerouted).toEqual({ asked: "asked-1", served: "served-2" });
  expect(stream.tracker.sawModelEvent).toBe(false);
});

test.each([
  ["command_execution", 1],
  ["mcp_tool_call", 1],
  ["todo_list", 0],
  ["reasoning", 0],
])("codex: an open item of type %s is %i running tools, and activity of the model", (type, openTools) => {
  const line = JSON.stringify({ type: "item.started", item: { id: "item_1", type, items: [] } });
  expect(readCodexLine(createCodexStream(), line)).toEqual({ model: true, final: false, openTools });
});

test.each<[CliName, string, string | null]>([
  ["claude", "success", "12e15b7c-c4d6-4174-bfbd-75a4ef0b8f66"],
  ["codex", "success", "01a1fd19-64d9-7502-a3c6-e0255e6b022d"],
  ["copilot", "success", "aa60759e-954b-4bca-b228-a3dd99a2b51e"],
  ["codex", "bad-flag", null],
])("%s %s: the session's id", async (cli, name, id) => {
  expect((await playTurn(cli, name)).report.sessionId).toBe(id);
});
