import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { sessionPaths } from "../../../src/backends/session-paths.ts";
import { temporaryDirectory } from "../store/run-fixture.ts";

const ID = "0d5c9e6e-0000-4000-8000-00000000000a";
const OTHER = "0d5c9e6e-0000-4000-8000-00000000000b";

function homeWith(...files: readonly string[]): { HOME: string } {
  const HOME = temporaryDirectory();
  for (const file of files) {
    mkdirSync(dirname(join(HOME, file)), { recursive: true });
    writeFileSync(join(HOME, file), "");
  }
  return { HOME };
}

describe("what a CLI keeps of a session", () => {
  it.each([
    [
      "claude",
      [`.claude/projects/-workspace/${ID}.jsonl`, `.claude/projects/-workspace/${ID}/subagents/a.jsonl`],
      [`.claude/projects/-workspace/${ID}.jsonl`, `.claude/projects/-workspace/${ID}`],
    ],
    [
      "codex",
      [
        `.codex/sessions/2026/11/21/rollout-x-${ID}.jsonl`,
        `.codex/sessions/2026/11/21/rollout-x-${OTHER}.jsonl`,
      ],
      [`.codex/sessions/2026/11/21/rollout-x-${ID}.jsonl`],
    ],
    ["copilot", [`.copilot/session-state/${ID}/events.jsonl`], [`.copilot/session-state/${ID}`]],
    ["replay", [`.claude/projects/-workspace/${ID}.jsonl`], []],
  ])("%s", (cli, files, found) => {
    const environment = homeWith(...files);
    expect(sessionPaths(cli, ID, environment)).toEqual(found.map((file) => join(environment.HOME, file)));
    expect(sessionPaths(cli, OTHER.replace("b", "c"), environment)).toEqual([]);
  });

  it.each(["..", "../../secrets", "", ".", "a/b/c/d/e/f", "short"])("is nothing for the id %j", (id) => {
    const environment = homeWith(".copilot/session-state/x/events.jsonl");
    expect(sessionPaths("copilot", id, environment)).toEqual([]);
  });
});
