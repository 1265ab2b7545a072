import { expect, test } from "vitest";
import type { CliName } from "../../../src/backends/backend.ts";
import { styleFor } from "../../../src/cli/style.ts";
import { createTranscript, transcriptLines } from "../../../src/cli/transcript.ts";
import { streamLines } from "../../support/recorded-turn.ts";

const PLAIN = { style: styleFor({ isTerminal: false, environment: {} }), columns: Infinity };

function transcriptOf(clis: readonly CliName[], lines: readonly string[]): readonly string[] {
  const printed: string[] = [];
  const transcript = createTranscript({
    clis: new Set(clis),
    print: (line) => printed.push(line),
    layout: PLAIN,
  });
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  transcript.push(bytes.subarray(0, 700)); // in the middle of a line
  transcript.push(bytes.subarray(700));
  return printed;
}

test.each<[CliName, string, readonly string[]]>([
  ["claude", "tool-call", ["Let me run it.", "> Bash echo hi", "    hi", "It printed hi."]],
  ["codex", "tool-call", ["Let me run it.", "> shell echo hi", "    hi", "It printed hi."]],
  ["copilot", "tool-call", ["Let me run it.", "> bash echo hi", "    hi", "It printed hi."]],
  ["claude", "e401", ["! Invalid API key · Fix external API key"]],
  [
    "codex",
    "e401",
    [
      "! unexpected status 401 Unauthorized: Incorrect API key provided., url: http://127.0.0.1:8901/v1/responses",
    ],
  ],
  [
    "copilot",
    "e401",
    [
      "! Authentication failed with provider at http://127.0.0.1:8901/v1 (HTTP 401).",
      "!   Check your COPILOT_PROVIDER_API_KEY, COPILOT_PROVIDER_API_KEY_COMMAND, or COPILOT_PROVIDER_BEARER_TOKEN.",
    ],
  ],
])("%s: %s in words", (cli, name, lines) => {
  expect(transcriptOf([cli], streamLines(cli, name))).toEqual(lines);
});

test("the streams of all CLIs that have worked on the step are read, and of no other", () => {
  const lines = [...streamLines("claude", "success"), ...streamLines("codex", "success")];
  expect(transcriptOf(["claude", "codex"], lines)).toEqual(["Hello there.", "Hello there."]);
  expect(transcriptOf(["codex"], lines)).toEqual(["Hello there."]);
  expect(transcriptOf(["copilot"], lines)).toEqual([]);
});

test("a line of several megabytes is read as in a live turn", () => {
  const text = "x".repeat(5 * 1024 * 1024);
  const line = JSON.stringify({ type: "assistant", message: { content: [{ type: "text", text }] } });
  expect(transcriptOf(["claude"], [line]).map(({ length }) => length)).toEqual([text.length]);
});

test("what a tool gave back is cut to its beginning, and no control character is obeyed", () => {
  const output = Array.from({ length: 14 }, (_, index) => `line ${index + 1}\u001B[2J`).join("\n");
  const lines = transcriptLines({ kind: "tool_ended", id: "a", output }, PLAIN);
  expect([lines.length, lines[0], lines.at(-1)]).toEqual([13, "    line 1\\x1b[2J", "    … 2 more lines"]);
});

test("lines are broken at the width of the terminal", () => {
  const text = "one two three four five six seven eight nine ten";
  expect(transcriptLines({ kind: "said", text }, { ...PLAIN, columns: 40 })).toEqual([
    "one two three four five six seven eight",
    "nine ten",
  ]);
});
