import { expect, test } from "vitest";
import { answer } from "../support/model-server/script.ts";
import { agentRun, expectExit } from "./agent-run.ts";
import { capSuite } from "./cap-suite.ts";
import { recoverySuite } from "./recovery-suite.ts";
import { turnSuite } from "./turn-suite.ts";

turnSuite("claude");
recoverySuite("claude");
capSuite("claude");

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
