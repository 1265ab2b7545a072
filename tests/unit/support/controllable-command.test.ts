import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { controllableCommand } from "../../support/controllable-command.ts";

/** The command, started as a workflow's script would be. */
async function startedCommand() {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "longhaul-command-")));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const command = await controllableCommand(directory);
  const file = join(directory, "command");
  writeFileSync(file, command.program);
  chmodSync(file, 0o755);
  const child = spawn(file, ["one", "two words"], { cwd: directory, env: { NAME: "value" } });
  const printed = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = once(child, "close");
  const invocation = await command.started(ended.then(() => ({ report: "the command" })));
  return { directory, child, command, invocation, printed, ended };
}

test("reports how it was started, and prints and exits as it is told", async () => {
  const { directory, child, invocation, printed, ended } = await startedCommand();
  expect(invocation).toMatchObject({
    pid: child.pid,
    args: ["one", "two words"],
    cwd: directory,
    env: { NAME: "value" },
  });
  child.stdin.end("asked");
  expect(await invocation.stdin).toBe("asked");
  await invocation.prints("said\n");
  await invocation.prints("told\n", "stderr");
  await invocation.exits(7);
  expect(await ended).toEqual([7, null]);
  expect(await printed).toEqual(["said\n", "told\n"]);
});

test("outlives a signal when it is told to, and dies of the next one", async () => {
  const { child, invocation, ended } = await startedCommand();
  await invocation.outlives("SIGTERM");
  child.kill("SIGTERM");
  expect(await invocation.signal()).toBe("SIGTERM");
  child.kill("SIGINT");
  expect(await ended).toEqual([null, "SIGINT"]);
  await invocation.gone;
});

test("dies of a signal by itself, and then can print nothing", async () => {
  const { invocation, ended } = await startedCommand();
  await invocation.diesOf("SIGKILL");
  expect(await ended).toEqual([null, "SIGKILL"]);
  await expect(invocation.prints("too late")).rejects.toThrow("gone before: print");
});

test("whoever ends without starting it is told with all there is to know", async () => {
  const { command, invocation } = await startedCommand();
  await invocation.exits(0);
  const user = Promise.resolve({ report: "exit 2: no such workflow" });
  await expect(command.started(user)).rejects.toThrow("exit 2: no such workflow");
});
