import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeCanaryLogins } from "../support/canaries.ts";
import { controllableCommand, type Invocation } from "../support/controllable-command.ts";
import { createScene, expectExit, type Scene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { until } from "../support/until.ts";
import { wholeLines } from "../support/whole-lines.ts";

const ROTATED = "sk-ant-oat01-rotated-in-the-turn-0001";
const said = (event: object) => `${JSON.stringify({ ...event, session_id: "5e55-11" })}\n`;

/** Renews the login as claude does, then tells the new one wherever it can. */
async function tellRenewedLogin(scene: Scene, turn: Invocation): Promise<void> {
  const login = JSON.stringify({ claudeAiOauth: { accessToken: ROTATED } });
  writeFileSync(join(scene.home, ".claude/.credentials.json"), login);
  await turn.prints(`${ROTATED}\n`, "stderr");
  const text = JSON.stringify({ verdict: `it is ${ROTATED}` });
  const message = { model: "m", content: [{ type: "text", text }] };
  const end = { subtype: "success", is_error: false, terminal_reason: "completed", result: text };
  await turn.prints(said({ type: "assistant", message }) + said({ type: "result", ...end }));
  await turn.exits(0);
}

test("a login that is renewed in the middle of a turn is kept out of that turn already", async () => {
  const scene = createScene();
  const claude = await controllableCommand(scene.root);
  writeCanaryLogins(scene.home);
  scene.write({
    "one/workflow.yaml":
      "start: ask\nnodes:\n  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: verdict, default: none }], next: done }\n  - { id: done, type: terminal }\n",
    "one/ask.md": "Say all you know.\n",
    "bin/claude": claude.program,
  });
  const env = { PATH: `${scene.path("bin")}:${process.env["PATH"] ?? ""}` };
  const run = scene.start(["run", "one", "--cli", "claude"], { env });
  const turn = await claude.started(run.ended);
  await turn.prints(said({ type: "system", subtype: "init", model: "m" }));
  // The runner knows the login of before by then.
  const events = join(scene.runs, "one-default/ask/attempts/01/events.jsonl");
  await until(() => wholeLines(events).length === 1, run.stderr);
  await tellRenewedLogin(scene, turn);
  expectExit(0, await run.ended);
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
