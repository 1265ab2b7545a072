import { mkdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandOutput } from "../../../src/process/command-version.ts";
import { runCommand } from "../../../src/process/start-process.ts";
import { superviseProcess } from "../../../src/process/subprocess.ts";
import { PATH, bashRequest, isAlive, newDirectory, pidIn } from "./processes.ts";

const never = new AbortController().signal;
const bash = (script: string, timeoutMs = 60_000) =>
  runCommand({ file: "bash", args: ["-c", script], env: { PATH }, timeoutMs });

describe("starting", () => {
  test("`..` behind a link leads where the system says", async () => {
    const directory = newDirectory();
    mkdirSync(join(directory, "outer/inner"), { recursive: true });
    symlinkSync(join(directory, "outer/inner"), join(directory, "link"));
    const request = bashRequest("", { cwd: `${directory}/link/..`, file: "pwd", args: ["-P"] });
    await superviseProcess(request, never);
    expect(readFileSync(request.stdoutFile, "utf8")).toBe(`${realpathSync(directory)}/outer\n`);
    expect(await superviseProcess(bashRequest("", { cwd: `${directory}/gone/..` }), never)).toMatchObject({
      code: "ENOENT",
      missing: "cwd",
      message: `the directory ${directory}/gone/.. does not exist`,
    });
  });

  test("it adds no listener to this process, during the run or after any end", async () => {
    const before = listeners();
    const abort = new AbortController();
    const request = bashRequest("echo $$ > pid; exec sleep 1000");
    const ending = superviseProcess(request, abort.signal);
    await pidIn(join(request.cwd, "pid"));
    expect(listeners()).toEqual(before);
    abort.abort();
    await ending;
    await superviseProcess(bashRequest("exit 3"), never);
    await superviseProcess(bashRequest("", { file: "no-such-program" }), never);
    await superviseProcess(bashRequest("", { args: ["x".repeat(200_000)] }), never);
    expect(listeners()).toEqual(before);
  });
});

describe("a short command", () => {
  test("returns both outputs and success", async () => {
    expect(await bash("echo out; echo error >&2")).toEqual({ ok: true, stdout: "out\n", stderr: "error\n" });
  });

  test.each([["exit 3"], ["kill -KILL $$"]])("%s is a failure", async (script) => {
    expect(await bash(`echo out; ${script}`)).toEqual({ ok: false, stdout: "out\n", stderr: "" });
  });

  test("a missing program", async () => {
    const file = join(newDirectory(), "no-such-program");
    expect(await runCommand({ file, args: [], env: {}, timeoutMs: 60_000 })).toEqual({
      ok: false,
      stdout: "",
      stderr: "",
    });
  });

  test("adds no listener to this process", async () => {
    const before = listeners();
    const ending = bash("echo out");
    expect(listeners()).toEqual(before);
    await ending;
    expect(listeners()).toEqual(before);
  });

  test("has an empty stdin and exactly its environment", async () => {
    expect(await commandOutput(["env"], { PATH, EMPTY: "", ABSENT: undefined })).toEqual({
      ok: true,
      text: `PATH=${PATH}\nEMPTY=`,
    });
    expect(await bash("cat")).toEqual({ ok: true, stdout: "", stderr: "" });
  });

  test("stderr counts where stdout is empty", async () => {
    expect(await commandOutput(["bash", "-c", "echo ' 1.2 ' >&2; exit 1"], { PATH })).toEqual({
      ok: false,
      text: "1.2",
    });
  });

  test("a command that exceeds its time is killed, and its output is kept", async () => {
    expect(await bash("echo 1.2; exec sleep 1000", 1000)).toEqual({ ok: false, stdout: "1.2\n", stderr: "" });
  });

  test("a process that holds the output open past the limit is not waited for", async () => {
    const directory = newDirectory();
    const script = `cd ${directory}; (trap "" PIPE; echo $BASHPID > pid; exec sleep 1000) & echo 1.2`;
    expect(await bash(script, 1000)).toMatchObject({ stdout: "1.2\n" });
    const pid = await pidIn(join(directory, "pid"));
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, "SIGKILL");
  });

  test("the beginning of endless output is kept, and the command is stopped", async () => {
    const { ok, stdout } = await bash("exec yes");
    expect(ok).toBe(false);
    expect(stdout.length).toBe(1024 * 1024);
  });
});

/** All listeners on this process. */
const listeners = () =>
  Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)]));
