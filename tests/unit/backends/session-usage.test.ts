import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CliName, Turn } from "../../../src/backends/backend.ts";
import { BACKENDS } from "../../../src/backends/table.ts";

/** codex and copilot record their usage only in their session files: during a turn, and after a cut-off one. */

const SESSION = "0197a000-0000-7000-8000-000000000001";
const home = { path: "" };
beforeEach(() => {
  home.path = mkdtempSync(join(tmpdir(), "longhaul-tokens-"));
});
afterEach(() => rmSync(home.path, { recursive: true }));

const beginTurn = (cli: CliName, fresh: boolean): Promise<Turn> =>
  BACKENDS[cli].beginTurn({
    prompt: "Say hello.",
    session: { id: SESSION, fresh },
    cwd: home.path,
    addDirs: [],
    environment: { HOME: home.path },
    model: undefined,
    effort: undefined,
    outputSchema: undefined,
    attemptDir: home.path,
    asRoot: false,
  });

const codexCount = (input: number, output: number, timestamp?: string): string =>
  `${JSON.stringify({ timestamp, payload: { type: "token_count", info: { total_token_usage: { input_tokens: input, cached_input_tokens: 10, output_tokens: output } } } })}\n`;
const copilotCount = (input: number, output: number, timestamp?: string): string =>
  `${JSON.stringify({ timestamp, type: "session.usage_record", data: { usage: { inputTokens: input, outputTokens: output, cacheReadTokens: 10 } } })}\n`;

const FILES = {
  codex: `.codex/sessions/2026/11/21/rollout-${SESSION}.jsonl`,
  copilot: `.copilot/session-state/${SESSION}/events.jsonl`,
} as const;
function sessionFile(cli: keyof typeof FILES): string {
  const path = join(home.path, FILES[cli]);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}

test("codex counts over the whole thread: usage before the turn does not count", async () => {
  const file = sessionFile("codex");
  writeFileSync(file, codexCount(1000, 50));
  const turn = await beginTurn("codex", false);
  expect(await turn.tokensSoFar?.()).toBeUndefined();
  turn.push(JSON.stringify({ type: "thread.started", thread_id: SESSION }));
  expect(await turn.tokensSoFar?.()).toBeUndefined();
  appendFileSync(file, codexCount(3000, 60));
  expect(await turn.tokensSoFar?.()).toBe(2010);
  const [half, rest] = [codexCount(4000, 70).slice(0, 40), codexCount(4000, 70).slice(40)];
  appendFileSync(file, half);
  expect(await turn.tokensSoFar?.()).toBe(2010);
  appendFileSync(file, rest);
  expect(await turn.tokensSoFar?.()).toBe(3020);
});

test("copilot's calls are summed, each once", async () => {
  const turn = await beginTurn("copilot", true);
  const file = sessionFile("copilot");
  await expect(turn.tokensSoFar?.()).rejects.toThrow("ENOENT");
  writeFileSync(file, copilotCount(1000, 50));
  expect(await turn.tokensSoFar?.()).toBe(1050);
  appendFileSync(file, `${"x".repeat(3 * 1024 * 1024)}\n${copilotCount(2000, 5)}`);
  const looks: unknown[] = [];
  for (let look = 0; look < 4; look += 1) looks.push(await turn.tokensSoFar?.());
  expect(looks).toEqual([1050, 1050, 1050, 3055]);
});

test("claude's stream reports it itself", async () => {
  expect((await beginTurn("claude", true)).tokensSoFar).toBeUndefined();
});

describe.each([
  ["codex", codexCount],
  ["copilot", copilotCount],
] as const)("%s, a turn that was cut", (cli, count) => {
  const usedSinceEight = async (...lines: readonly string[]) => {
    writeFileSync(sessionFile(cli), lines.join(""));
    const { usage } = await BACKENDS[cli].inspectCut({
      lines: noLines(),
      session: { id: SESSION, fresh: false },
      prompt: "Say hello.",
      cwd: home.path,
      environment: { HOME: home.path },
      startedAtMs: Date.parse("2026-11-21T08:00:00Z"),
    });
    return usage?.output_tokens;
  };
  const before = count(1000, 50, "2026-11-21T07:59:59Z");
  const since = count(3000, cli === "codex" ? 60 : 10, "2026-11-21T08:00:01Z");

  test("has the session's usage since it began", async () => {
    expect(await usedSinceEight(before, since)).toBe(10);
    expect(await usedSinceEight(before)).toBeUndefined();
  });

  test("is not charged for lines without a time", async () => {
    expect(await usedSinceEight(before, since, count(9000, 900))).toBe(10);
    expect(await usedSinceEight(count(9000, 900))).toBeUndefined();
  });
});

async function* noLines(): AsyncGenerator<string> {}
