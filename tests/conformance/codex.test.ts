import { expect, test } from "vitest";
import { answer } from "../support/model-server/script.ts";
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

test("that only the body of the API's answer names another model, codex does not tell", async () => {
  const script = [answer('{"verdict":"good"}', { servedModel: "another-model-1" })];
  const run = await agentRun({ cli: "codex", script });
  expectExit(await run.run(), 0);
  expect(run.directory().ofType("attempt.finished")[0]?.model).toBe("scripted-model");
  expect(run.directory().text("ask/attempts/01/events.jsonl")).not.toContain("another-model-1");
});
