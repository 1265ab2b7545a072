import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { answer, namedToolCall, silence } from "../support/model-server/script.ts";
import { agentRun, expectExit } from "./agent-run.ts";
import { capSuite } from "./cap-suite.ts";
import { programSuite } from "./program-suite.ts";
import { recoverySuite } from "./recovery-suite.ts";
import { schemaSuite } from "./schema-suite.ts";
import { stopSuite } from "./stop-suite.ts";
import { turnSuite } from "./turn-suite.ts";

turnSuite("codex");
schemaSuite("codex");
recoverySuite("codex");
stopSuite("codex");
capSuite("codex");
programSuite("codex");

test("a model other than the one asked for is a warning in the journal", async () => {
  const served = { servedModel: "another-model-1", headers: { "openai-model": "another-model-1" } };
  const run = await agentRun({ cli: "codex", script: [answer('{"verdict":"good"}', served)] });
  expectExit(await run.run(), 0);
  expect(run.directory().ofType("attempt.finished")[0]?.model).toBe("another-model-1");
  expect(run.directory().ofType("warning")).toMatchObject([
    {
      code: "model_substituted",
      message: "codex asked for scripted-model and was served by another-model-1.",
    },
  ]);
});

test("an API that falls silent after codex wrote a plan, which stays open, is an outage", async () => {
  const plan = namedToolCall("update_plan", { plan: [{ step: "look", status: "in_progress" }] });
  const run = await agentRun({ cli: "codex", script: [plan, silence(), answer('{"verdict":"good"}')] });
  appendFileSync(join(run.scene.home, ".codex/config.toml"), "\n[tools.update_plan]\nenabled = true\n");
  expectExit(await run.run([], { AGENT_IDLE_TIMEOUT_S: "6", AGENT_RESULT_TIMEOUT_S: "60" }), 0);
  expect(run.directory().text("ask/attempts/01/events.jsonl")).toContain('"type":"todo_list"');
  expect(run.attempts()).toEqual(["task transient/silence", "continue finished agent"]);
});

test("that only the body of the API's answer names another model, codex does not tell", async () => {
  const script = [answer('{"verdict":"good"}', { servedModel: "another-model-1" })];
  const run = await agentRun({ cli: "codex", script });
  expectExit(await run.run(), 0);
  expect(run.directory().ofType("attempt.finished")[0]?.model).toBe("scripted-model");
  expect(run.directory().text("ask/attempts/01/events.jsonl")).not.toContain("another-model-1");
});
