/** The model server as a program of its own, as the container tests start it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { parseJson, textAt } from "../../support/model-server/json.ts";
import { forever, status } from "../../support/model-server/script.ts";

const PROGRAM = fileURLToPath(new URL("../../support/model-server/main.mjs", import.meta.url));

test("main.mjs serves a script from a file until it is told to stop", async () => {
  const directory = await mkdtemp(join(tmpdir(), "longhaul-model-server-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, "script.json");
  await writeFile(file, JSON.stringify([status(418), forever(status(503))]));

  const program = spawn(process.execPath, [PROGRAM, file], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void program.kill("SIGKILL"));
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => parseJson((await lines.next()).value ?? "");

  const url = textAt(await nextLine(), "url");
  const ask = () => fetch(`${url}/v1/responses`, { method: "POST", body: '{"model":"m"}' });
  expect([(await ask()).status, (await ask()).status]).toEqual([418, 503]);
  expect(await nextLine()).toMatchObject({ kind: "turn", api: "responses", model: "m" });

  const exit = once(program, "exit");
  program.kill("SIGTERM");
  expect(await exit).toEqual([0, null]);
});
