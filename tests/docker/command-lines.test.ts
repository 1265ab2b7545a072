/** hello-world in the container, through each of the three real command lines, against the scripted model. */
import { expect, test } from "vitest";
import { CLI_NAMES } from "../support/clis.ts";
import { structured } from "../support/model-server/script.ts";
import { openBox } from "./support/box.ts";
import { expectExit } from "./support/command.ts";
import { ofType, readRun } from "./support/run-record.ts";
import { startScriptedModel } from "./support/scripted-model.ts";

test.each(CLI_NAMES)("%s", async (cli) => {
  const box = await openBox();
  const { server, env } = await startScriptedModel(box, {
    cli,
    script: [structured({ greeting: "Hello from inside the box." })],
  });
  const result = await box.runSh(["hello-world", "--cli", cli], env);
  expectExit(result, 0);
  expect(server.requests).toHaveLength(1);
  const record = await readRun(box, "hello-world-default");
  expect(record.run).toMatchObject({ exit_code: 0, cli });
  expect(ofType(record, "step.finished")).toHaveLength(3);
  const output = await box.inVolumes("jq -c .values /runs/hello-world-default/greet/output.json");
  expect(output).toBe('{"greeting":"Hello from inside the box."}');
});

test("replay needs no account, and the run can be copied to the host", async () => {
  const box = await openBox();
  const result = await box.runSh(["hello-world", "--cli", "replay", "--run-id", "second"]);
  expect(result).toMatchObject({ code: 0, stderr: expect.stringContaining("hello-world-second") });
  const copied = await box.runSh(["copy", "hello-world-second", "my copies"]);
  expectExit(copied, 0);
  expectExit(await box.runSh(["copy", "hello-world-second", "my copies"]), 2);
  expectExit(await box.runSh(["copy", "no-such-run", "my copies"]), 2);
  expect(await box.containers()).toEqual([]);
});
