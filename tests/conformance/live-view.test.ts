/** The live view on a terminal while a real CLI works: what it calls, and what it has used before its turn is over. */
import { expect, test } from "vitest";
import { CLI_NAMES } from "../support/clis.ts";
import { structured, toolCall } from "../support/model-server/script.ts";
import { startInTerminal } from "../support/terminal.ts";
import { agentRun } from "./agent-run.ts";

test.each(CLI_NAMES)("%s: tool calls and tokens are shown while the turn runs", async (cli) => {
  const { scene, environment } = await agentRun({
    cli,
    script: [
      toolCall("echo one"),
      toolCall("until [ -e gate ]; do sleep 0.1; done; echo two"),
      structured({ verdict: "good" }),
    ],
  });
  const run = ["run", "one", "--cli", cli, "--workspace", scene.path("work")];
  const started = startInTerminal(scene, run, { columns: 200, env: environment });
  await started.shows(/^ {2}(?:Bash|bash|shell) until .*sleep/u);
  await started.shows(/^one-default · 1 step · 2 tool calls · ~[\d.]+k? tokens/u);
  scene.write({ "work/gate": "" });
  expect(await started.ended).toBe(0);
});
