import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeCanaryLogins } from "../support/canaries.ts";
import { createScene, expectExit } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";

const ROTATED = "sk-ant-oat01-rotated-in-the-turn-0001";
/** Renews the login as claude does, then tells the new one wherever it can. */
const ROTATING_CLAUDE = `#!/usr/bin/env node
const { writeFileSync } = require("node:fs");
if (process.argv.includes("--version")) { console.log("2.1.197 (Claude Code)"); process.exit(0); }
const line = (event) => console.log(JSON.stringify({ ...event, session_id: "5e55-11" }));
line({ type: "system", subtype: "init", model: "m" });
const accessToken = "${ROTATED}";
setTimeout(() => {
  writeFileSync(process.env.HOME + "/.claude/.credentials.json", JSON.stringify({ claudeAiOauth: { accessToken } }));
  console.error(accessToken);
  const text = JSON.stringify({ verdict: "it is " + accessToken });
  line({ type: "assistant", message: { model: "m", content: [{ type: "text", text }] } });
  line({ type: "result", subtype: "success", is_error: false, terminal_reason: "completed", result: text });
}, 200);
`;

test("a login that is renewed in the middle of a turn is kept out of that turn already", async () => {
  const scene = createScene();
  writeCanaryLogins(scene.home);
  scene.write({
    "one/workflow.yaml":
      "start: ask\nnodes:\n  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: verdict, default: none }], next: done }\n  - { id: done, type: terminal }\n",
    "one/ask.md": "Say all you know.\n",
    "bin/claude": ROTATING_CLAUDE,
    "bin/package.json": '{ "type": "commonjs" }\n',
  });
  const env = { PATH: `${scene.path("bin")}:${process.env["PATH"] ?? ""}` };
  expectExit(0, await scene.run(["run", "one", "--cli", "claude"], { env }));
  const directory = openRunDirectory(join(scene.runs, "one-default"));
  expect(directory.json("context.json")).toEqual({ verdict: "it is [redacted]" });
  expect(directory.text("ask/attempts/01/stderr.log")).toBe("[redacted]\n");
  expect(directory.text("ask/attempts/01/events.jsonl")).toContain("it is [redacted]");
  const files = readdirSync(scene.runs, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(files.length).toBeGreaterThan(5);
  const holding = files.filter(({ parentPath, name }) =>
    readFileSync(join(parentPath, name), "utf8").includes(ROTATED),
  );
  expect(holding).toEqual([]);
});
