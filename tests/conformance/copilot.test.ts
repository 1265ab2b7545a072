import { expect, test } from "vitest";
import { answer, forever, hold, namedToolCall, status, times } from "../support/model-server/script.ts";
import { agentRun, expectExit, TWICE } from "./agent-run.ts";
import { capSuite } from "./cap-suite.ts";
import { programSuite } from "./program-suite.ts";
import { recoverySuite } from "./recovery-suite.ts";
import { schemaSuite } from "./schema-suite.ts";
import { stopSuite } from "./stop-suite.ts";
import { turnSuite } from "./turn-suite.ts";

turnSuite("copilot");
schemaSuite("copilot");
recoverySuite("copilot");
stopSuite("copilot");
capSuite("copilot");
programSuite("copilot");

test("which model answered copilot does not tell: it names the one asked for", async () => {
  const script = [answer('{"verdict":"good"}', { servedModel: "another-model-1" })];
  const run = await agentRun({ cli: "copilot", script });
  expectExit(await run.run(), 0);
  expect(run.directory().ofType("attempt.finished")[0]?.model).toBe("scripted-model");
  expect(run.directory().text("ask/attempts/01/events.jsonl")).not.toContain("another-model-1");
  expect(run.directory().ofType("warning")).toEqual([]);
});

test("a sub-agent that the API refuses is for its parent to deal with", async () => {
  const ask = {
    description: "look",
    prompt: "Look.",
    agent_type: "general-purpose",
    name: "look",
    mode: "sync",
  };
  // copilot itself asks three times
  const script = [namedToolCall("task", ask), ...times(3, status(401)), answer('{"verdict":"good"}')];
  const run = await agentRun({ cli: "copilot", script });
  expectExit(await run.run(), 0);
  expect(run.directory().text("ask/attempts/01/events.jsonl")).toContain('"errorType":"authentication"');
  expect(run.attempts()).toEqual(["task finished agent"]);
});

test("a login file that another run rotated under a turn gets one free retry", async () => {
  // copilot itself asks three times
  const refused = [hold(status(401)), status(401), status(401)];
  const script = [answer('{"first":1}'), ...refused, answer('{"verdict":"good"}')];
  const run = await agentRun({ cli: "copilot", node: TWICE, script });
  const started = run.start();
  await run.server.waitForRequest(2);
  run.scene.write({ "home/.copilot/config.json": '{"copilot_tokens":{"github.com":"rotated-0123456789"}}' });
  run.server.release();
  expectExit(await started.ended, 0);
  const [failed] = run.directory().ofType("attempt.failed");
  expect(failed?.failure).toMatchObject({ class: "auth", login_changed: true });
  expect(run.directory().ofType("wait.started")).toEqual([]);
});

test("a provider's key that was rotated is taken from the next start's environment", async () => {
  const rotated = "rotated-credential-987654321";
  const script = [
    answer('{"first":1}'),
    forever((request) => (request.sentCredential(rotated) ? answer('{"verdict":"good"}') : status(401))),
  ];
  const run = await agentRun({ cli: "copilot", node: TWICE, script });
  expectExit(await run.run(["--no-wait"]), 75);
  const [failed] = run.directory().ofType("attempt.failed");
  expect(failed?.failure).toMatchObject({ class: "auth", reason: "rejected" });
  expect(failed?.failure).not.toHaveProperty("login_changed");
  expectExit(await run.run([], { COPILOT_PROVIDER_API_KEY: rotated }), 0);
  expect(run.directory().json("context.json")).toEqual({ first: 1, verdict: "good" });
});
