import { expect, test } from "vitest";
import { answer, toolCall } from "../support/model-server/script.ts";
import { agentRun, expectExit } from "./agent-run.ts";
import { capSuite } from "./cap-suite.ts";
import { programSuite } from "./program-suite.ts";
import { recoverySuite } from "./recovery-suite.ts";
import { schemaSuite } from "./schema-suite.ts";
import { stopSuite } from "./stop-suite.ts";
import { turnSuite } from "./turn-suite.ts";

turnSuite("claude");
schemaSuite("claude");
recoverySuite("claude");
stopSuite("claude");
capSuite("claude");
programSuite("claude");

test("a model other than the one asked for is a warning in the journal", async () => {
  const script = [answer('{"verdict":"good"}', { servedModel: "another-model-1" })];
  const run = await agentRun({ cli: "claude", script });
  const ended = await run.run();
  expectExit(ended, 0);
  const warnings = run
    .directory()
    .ofType("warning")
    .map(({ code, message }) => [code, message]);
  expect(warnings).toContainEqual([
    "model_substituted",
    "claude asked for claude-sonnet-5 and was served by another-model-1.",
  ]);
});

test("a turn that claude stops at its budget stops the run by its limit, and goes on with a higher one", async () => {
  const dear = toolCall("echo hi", { usage: { inputTokens: 5000, outputTokens: 500 } });
  const run = await agentRun({ cli: "claude", script: [dear, answer('{"verdict":"good"}')] });
  const stopped = await run.run(["--limit", "cost_usd=0.01"]);
  expectExit(stopped, 5);
  expect(stopped.stderr).toContain("The limit cost_usd=0.01 leaves no room for more");
  expect(run.attempts()).toEqual(["task answer/budget"]);
  expect(run.directory().ofType("attempt.failed")[0]?.failure.signal).toBe("claude.answer.budget");
  expect(run.server.requests).toHaveLength(1);
  expectExit(await run.run(["--limit", "cost_usd=1"]), 0);
  expect(run.attempts()[1]).toMatch(/finished/);
});
