import { expect, test } from "vitest";
import { answer, forever, status } from "../support/model-server/script.ts";
import { agentRun, expectExit } from "./agent-run.ts";
import { capSuite } from "./cap-suite.ts";
import { recoverySuite } from "./recovery-suite.ts";
import { schemaSuite } from "./schema-suite.ts";
import { turnSuite } from "./turn-suite.ts";

turnSuite("copilot");
schemaSuite("copilot");
recoverySuite("copilot");
capSuite("copilot");

test("a provider's key that was rotated is taken from the next start's environment", async () => {
  const rotated = "rotated-credential-987654321";
  const node = `    outputs: [{ key: first, default: none }]
    next: again
  - id: again
    type: agent
    prompt: prompts/ask.md
    outputs: [{ key: verdict, default: none }]`;
  const script = [
    answer('{"first":1}'),
    forever((request) => (request.sentCredential(rotated) ? answer('{"verdict":"good"}') : status(401))),
  ];
  const run = await agentRun({ cli: "copilot", node, script });
  expectExit(await run.run(["--no-wait"]), 75);
  const [failed] = run.directory().ofType("attempt.failed");
  expect(failed?.failure).toMatchObject({ class: "auth", reason: "rejected" });
  expect(failed?.failure).not.toHaveProperty("login_changed");
  expectExit(await run.run([], { COPILOT_PROVIDER_API_KEY: rotated }), 0);
  expect(run.directory().json("context.json")).toEqual({ first: 1, verdict: "good" });
});
