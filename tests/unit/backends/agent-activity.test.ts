import { describe, expect, test } from "vitest";
import type { CliName } from "../../../src/backends/backend.ts";
import { BACKENDS } from "../../../src/backends/table.ts";
import { streamLines } from "../../support/recorded-turn.ts";

test("claude reports each message's usage; lines of one message count once", () => {
  const told = streamLines("claude", "tool-call").flatMap((line) => BACKENDS.claude.activityIn(line));
  const messages = new Map(
    told.flatMap((activity) => (activity.kind === "tokens_used" ? [[activity.id, activity.tokens]] : [])),
  );
  expect([...messages]).toEqual([
    ["msg_2", 501],
    ["msg_3", 701],
  ]);
});

describe("the tool calls in recorded streams", () => {
  test.each<[CliName, string, readonly (readonly string[])[]]>([
    ["claude", "tool-call", [["Bash", "echo hi"]]],
    ["codex", "tool-call", [["shell", "echo hi"]]],
    ["codex", "file-change", [["edit", "/workspace/a.txt"]]],
    ["copilot", "tool-call", [["bash", "echo hi"]]],
  ])("%s: %s", (cli, name, calls) => {
    const seen = streamLines(cli, name).flatMap((line) => BACKENDS[cli].activityIn(line));
    const started = seen.filter((activity) => activity.kind === "tool_started");
    expect(started.map(({ name: tool, argument }) => [tool, argument])).toEqual(
      expect.arrayContaining([...calls]),
    );
    const ended = seen.flatMap((activity) => (activity.kind === "tool_ended" ? [activity.id] : []));
    expect(ended).toEqual(expect.arrayContaining(started.map(({ id }) => id)));
  });

  test.each<[CliName]>([["claude"], ["codex"], ["copilot"]])("%s: nothing in what is no event", (cli) => {
    for (const line of [
      "",
      "hello",
      "{",
      "{}",
      "null",
      '{"type":"assistant","message":{"content":[null, 1]}}',
    ])
      expect(BACKENDS[cli].activityIn(line)).toEqual([]);
  });
});
