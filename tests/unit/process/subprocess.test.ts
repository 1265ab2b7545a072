import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { StorageFailure } from "../../../src/core/ports.ts";
import type { Activity } from "../../../src/process/activity-clock.ts";
import type { ProcessRequest } from "../../../src/process/process-request.ts";
import { findRecordedProcesses } from "../../../src/process/recorded-process.ts";
import { createRedactor } from "../../../src/process/redact.ts";
import { ownMark } from "../../../src/process/process-table.ts";
import { superviseProcess } from "../../../src/process/subprocess.ts";
import { sweepStep } from "../../../src/process/sweep.ts";
import { PATH, bashRequest, isAlive, newDirectory, pidIn } from "./processes.ts";

const never = new AbortController().signal;

/** Runs it until it has written its pid, which means that it is ready for the stop that follows. */
async function stopWhenReady(request: ProcessRequest) {
  const abort = new AbortController();
  const ending = superviseProcess(request, abort.signal);
  await pidIn(join(request.cwd, "pid"));
  abort.abort();
  return ending;
}

const run = (script: string, changes: Partial<ProcessRequest> = {}) =>
  superviseProcess(bashRequest(script, changes), never);

/** The lines of the test scripts name their meaning: `model`, `tool`, `closed`, `final`. */
const ACTIVITIES: Readonly<Record<string, Activity>> = {
  model: { model: true, final: false, openTools: 0 },
  tool: { model: true, final: false, openTools: 1 },
  closed: { model: false, final: false, openTools: 0 },
  final: { model: true, final: true, openTools: 0 },
};
const onLine = ({ text }: { readonly text: string }): Activity =>
  ACTIVITIES[text] ?? { model: false, final: false, openTools: 0 };

test("a process that cannot be recorded is stopped, and the reason is thrown", async () => {
  const request = bashRequest("sleep 1000; :");
  mkdirSync(join(dirname(request.stdoutFile), "process.json")); // in the way of the record
  await expect(superviseProcess(request, never)).rejects.toThrow("EISDIR");
  expect(await sweepStep(request.env["LONGHAUL_STEP"])).toEqual({ killed: [], survivors: [] });
});

describe("the end", () => {
  test("an exit code, both streams, and the facts", async () => {
    const request = bashRequest("echo out; echo error >&2; exit 3");
    const end = await superviseProcess(request, never);
    expect(end).toMatchObject({
      kind: "exited",
      code: 3,
      stdoutBytes: 4,
      stderrBytes: 6,
      stderrTail: "error\n",
      likelyTooManyProcesses: false,
      survivors: [],
    });
    expect(end).not.toHaveProperty("stoppedBy");
    expect(readFileSync(request.stdoutFile, "utf8")).toBe("out\n");
    expect(readFileSync(request.stderrFile, "utf8")).toBe("error\n");
  });

  test("a foreign signal is reported neither as an exit code nor as our stop", async () => {
    const end = await run("kill -SEGV $$");
    expect(end).toMatchObject({ kind: "signalled", signal: "SIGSEGV" });
    expect(end).not.toHaveProperty("stoppedBy");
  });

  test.each([["kill -KILL $$"], ["bash -c 'kill -KILL $$'"]])(
    "%s: memory may have run out",
    async (script) => {
      const end = await run(`${script}; exit $?`);
      expect(end.likelyOutOfMemory).toBe(true);
      expect(end).not.toHaveProperty("stoppedBy");
    },
  );

  test("a refused fork is reported", async () => {
    const end = await run("echo 'bash: fork: retry: Resource temporarily unavailable' >&2; exit 254");
    expect(end.likelyTooManyProcesses).toBe(true);
  });

  test("the tail of a long stderr is kept, and all of it is in the file", async () => {
    const request = bashRequest("seq 1 20000 >&2");
    const end = await superviseProcess(request, never);
    expect(end.stderrTail.length).toBe(8192);
    expect(end.stderrTail.endsWith("19999\n20000\n")).toBe(true);
    expect(readFileSync(request.stderrFile, "utf8").startsWith("1\n2\n3\n")).toBe(true);
  });

  test("it runs in its directory, with exactly its environment and PWD", async () => {
    const request = bashRequest("env; pwd");
    await superviseProcess({ ...request, file: "env", args: [] }, never);
    const names = readFileSync(request.stdoutFile, "utf8").trim().split("\n").toSorted();
    expect(names).toEqual([
      `LONGHAUL_HOLDER=${ownMark()}`,
      `LONGHAUL_STEP=${request.env["LONGHAUL_STEP"]}`,
      `PATH=${PATH}`,
      `PWD=${request.cwd}`,
    ]);
  });

  test("the process is recorded before it can do harm", async () => {
    const request = bashRequest("echo $$");
    await superviseProcess(request, never);
    const [record] = findRecordedProcesses(request.cwd);
    expect(record?.pid).toBe(Number(readFileSync(request.stdoutFile, "utf8")));
    expect(record?.file).toBe("bash");
  });
});

describe("stdin", () => {
  test("is closed when there is no input", async () => {
    expect(await run("cat")).toMatchObject({ kind: "exited", code: 0 });
  });

  test("1 MB with NUL and invalid UTF-8 arrives whole", async () => {
    const stdin = Buffer.alloc(1024 * 1024, Buffer.from([0x61, 0, 0xff, 0x0a]));
    const request = bashRequest("cat", { stdin });
    await superviseProcess({ ...request, file: "cat", args: [] }, never);
    expect(readFileSync(request.stdoutFile).equals(stdin)).toBe(true);
  });

  test("a process that does not read it still ends normally", async () => {
    const end = await superviseProcess(
      { ...bashRequest("", { stdin: "x".repeat(1024 * 1024) }), file: "true", args: [] },
      never,
    );
    expect(end).toMatchObject({ kind: "exited", code: 0 });
  });

  test("a dialogue: replies to lines, closed after the final event", async () => {
    const asked: string[] = [];
    const request = bashRequest(
      `echo question; read answer; echo "got $answer"; echo final; read rest || echo closed`,
      {
        onLine: (line) => {
          if (line.text === "question") asked.push("answer");
          return onLine(line);
        },
        replies: () => asked.splice(0),
      },
    );
    await superviseProcess(request, never);
    expect(readFileSync(request.stdoutFile, "utf8")).toBe("question\ngot answer\nfinal\nclosed\n");
  });
});

describe("clocks", () => {
  test.each<readonly [string, string, ProcessRequest["clocks"], string]>([
    ["no first event", "echo banner; sleep 1000", { firstEventMs: 100, turnMs: 60_000 }, "first-event"],
    [
      "silence after the model spoke",
      "echo model; sleep 1000",
      { firstEventMs: 60_000, idleMs: 100, turnMs: 60_000 },
      "silence",
    ],
    [
      "noise is silence",
      "echo model; while :; do echo noise; sleep 0.02; done",
      { idleMs: 200, turnMs: 60_000 },
      "silence",
    ],
    [
      "silence while a tool is open too long",
      "echo tool; sleep 1000",
      { idleMs: 60_000, openToolIdleMs: 100, turnMs: 60_000 },
      "silence",
    ],
    [
      "silence after the tool closed",
      "echo tool; echo closed; sleep 1000",
      { idleMs: 100, turnMs: 60_000 },
      "silence",
    ],
    [
      "the turn clock",
      "while :; do echo model; sleep 0.02; done",
      { idleMs: 60_000, turnMs: 300 },
      "turn-clock",
    ],
    [
      "hanging after the final event",
      "echo final; sleep 1000",
      { turnMs: 60_000, graceAfterFinalMs: 100 },
      "grace",
    ],
  ])("%s", async (_name, script, clocks, stoppedBy) => {
    const end = await run(script, { clocks, onLine });
    expect(end).toMatchObject({ kind: "signalled", signal: "SIGTERM", stoppedBy, likelyOutOfMemory: false });
  });

  test("silence while a tool runs does not stop the process", async () => {
    const clocks = { idleMs: 100, openToolIdleMs: 60_000, turnMs: 60_000 };
    const end = await run("echo tool; sleep 0.5; echo final", { clocks, onLine });
    expect(end).toMatchObject({ kind: "exited", code: 0 });
    expect(end).not.toHaveProperty("stoppedBy");
  });

  test("a limit beyond what one timer can hold", async () => {
    const end = await run("sleep 0.05", { clocks: { turnMs: 30 * 86_400_000 } });
    expect(end).not.toHaveProperty("stoppedBy");
  });
});

describe("stopping", () => {
  test("abort in the middle of a run", async () => {
    const request = bashRequest("echo $$ > pid; sleep 1000");
    expect(await stopWhenReady(request)).toMatchObject({
      kind: "signalled",
      signal: "SIGTERM",
      stoppedBy: "abort",
    });
    expect(isAlive(await pidIn(join(request.cwd, "pid")))).toBe(false);
  });

  test("aborted before the start: nothing is started", async () => {
    const request = bashRequest("touch started");
    const end = await superviseProcess(request, AbortSignal.abort());
    expect(end).toMatchObject({ kind: "not_started", code: "ABORTED", stoppedBy: "abort" });
    expect(existsSync(join(request.cwd, "started"))).toBe(false);
  });

  test("a process that catches the signal keeps its exit code", async () => {
    const script = "trap 'exit 7' TERM; echo $$ > pid; while :; do sleep 0.01; done";
    expect(await stopWhenReady(bashRequest(script))).toMatchObject({
      kind: "exited",
      code: 7,
      stoppedBy: "abort",
    });
  });

  test("SIGKILL for a process that ignores the signal", async () => {
    const request = bashRequest(`trap "" TERM; echo $$ > pid; while :; do sleep 1; done`, {
      stop: { signal: "SIGTERM", to: "group", killAfterMs: 200 },
    });
    expect(await stopWhenReady(request)).toMatchObject({
      kind: "signalled",
      signal: "SIGKILL",
      stoppedBy: "abort",
      likelyOutOfMemory: false,
    });
  });

  test("a program gets its time to end even when its wrapper dies at once", async () => {
    const inner = `trap 'sleep 0.1; echo saved > session; exit' TERM; echo $$ > pid; while :; do sleep 0.01; done`;
    const request = bashRequest(`bash -c "$INNER" & wait`);
    await stopWhenReady({ ...request, env: { ...request.env, INNER: inner } });
    expect(readFileSync(join(request.cwd, "session"), "utf8")).toBe("saved\n");
  });

  test("the signal to the process alone spares its group until the sweep", async () => {
    const inner = `trap 'echo signalled > got; exit' TERM; echo $$ > pid; while :; do sleep 0.01; done`;
    const request = bashRequest(`trap 'exit 9' TERM; bash -c "$INNER" & wait`);
    const end = await stopWhenReady({
      ...request,
      env: { ...request.env, INNER: inner },
      stop: { signal: "SIGTERM", to: "process", killAfterMs: 2000 },
    });
    expect(end).toMatchObject({ kind: "exited", code: 9, stoppedBy: "abort" });
    expect(existsSync(join(request.cwd, "got"))).toBe(false);
    expect(isAlive(await pidIn(join(request.cwd, "pid")))).toBe(false);
  });
});

describe("what is left behind", () => {
  test.each([
    [
      "a background process",
      "bash -c 'echo $$ > pid; sleep 1000; :' & until [ -s pid ]; do sleep 0.01; done",
    ],
    [
      "a session of its own",
      "setsid bash -c 'echo $$ > pid; sleep 1000; :' & until [ -s pid ]; do sleep 0.01; done",
    ],
    [
      "an orphan that ignores SIGTERM",
      `(trap "" TERM; setsid bash -c 'echo $$ > pid; sleep 1000; :' &); until [ -s pid ]; do sleep 0.01; done`,
    ],
    [
      "a scrubbed environment in the same session",
      "env -i bash -c 'echo $$ > pid; sleep 1000; :' & until [ -s pid ]; do sleep 0.01; done",
    ],
  ])("%s is gone after a success", async (_name, script) => {
    const request = bashRequest(script);
    expect(await superviseProcess(request, never)).toMatchObject({ kind: "exited", code: 0, survivors: [] });
    expect(isAlive(await pidIn(join(request.cwd, "pid")))).toBe(false);
  });

  test("also after a step long enough for pids to wrap around", async () => {
    const request = bashRequest(
      "setsid bash -c 'echo $$ > pid; sleep 1000; :' & sleep 0.7; until [ -s pid ]; do sleep 0.01; done",
    );
    await superviseProcess(request, never);
    expect(isAlive(await pidIn(join(request.cwd, "pid")))).toBe(false);
  });

  test("output kept open from outside the step is not waited for", async () => {
    const request = bashRequest(
      `env -i setsid setsid bash -c 'echo $$ > pid; exec sleep 1000' & until [ -s pid ]; do sleep 0.01; done; kill -9 $$`,
    );
    const end = await superviseProcess(request, never);
    expect(end.kind).toBe("signalled");
    const pid = await pidIn(join(request.cwd, "pid"));
    if (isAlive(pid)) process.kill(pid, "SIGKILL");
  });
});

describe("output", () => {
  test("secrets are gone from files, lines and the tail", async () => {
    const lines: string[] = [];
    const request = bashRequest(
      "printf 'a hunter22 b'; sleep 0.05; printf ' hunt'; sleep 0.05; echo er22; echo hunter22 >&2",
      {
        redactor: createRedactor(["hunter22"]),
        onLine: (line) => {
          lines.push(line.text);
          return onLine(line);
        },
      },
    );
    const end = await superviseProcess(request, never);
    expect(lines).toEqual(["a [redacted] b [redacted]"]);
    expect(readFileSync(request.stdoutFile, "utf8")).toBe("a [redacted] b [redacted]\n");
    expect(end.stderrTail).toBe("[redacted]\n");
  });

  test("invalid UTF-8 and NUL reach the file unchanged, and the last line needs no line feed", async () => {
    const lines: string[] = [];
    const request = bashRequest(String.raw`printf 'a\xff\x00b\nlast'`, {
      onLine: (line) => {
        lines.push(line.text);
        return onLine(line);
      },
    });
    await superviseProcess(request, never);
    expect(readFileSync(request.stdoutFile)).toEqual(Buffer.from("a\xff\x00b\nlast", "latin1"));
    expect(lines).toEqual(["a\ufffd\0b", "last"]);
  });

  test("a reader that throws stops the process, and its error is thrown", async () => {
    const request = bashRequest("echo $$ > pid; echo line; sleep 1000", {
      onLine: () => {
        throw new Error("a bug in a reader");
      },
    });
    await expect(superviseProcess(request, never)).rejects.toThrow("a bug in a reader");
    expect(isAlive(await pidIn(join(request.cwd, "pid")))).toBe(false);
  });

  test.runIf(existsSync("/dev/full"))("a full disk stops the process and is told", async () => {
    const request = bashRequest("echo $$ > pid; echo line; sleep 1000");
    const withRecord = { ...request, stdoutFile: linkToFull(request.cwd) };
    await expect(superviseProcess(withRecord, never)).rejects.toThrow(StorageFailure);
    expect(isAlive(await pidIn(join(request.cwd, "pid")))).toBe(false);
  });
});

describe("starting", () => {
  test.each<readonly [string, Partial<ProcessRequest>, object]>([
    ["a missing program", { file: "no-such-program" }, { code: "ENOENT", missing: "file" }],
    ["a missing directory", { cwd: "/no/such/directory" }, { code: "ENOENT", missing: "cwd" }],
    ["a file that is not executable", { file: "/etc/passwd" }, { code: "EACCES" }],
    ["an argument longer than the kernel takes", { args: ["x".repeat(200_000)] }, { code: "E2BIG" }],
    ["an argument that no program can be given", { args: ["a\0b"] }, { code: "ERR_INVALID_ARG_VALUE" }],
  ])("%s", async (_name, changes, expected) => {
    const request = bashRequest("", changes);
    const end = await superviseProcess(request, never);
    expect(end).toMatchObject({ kind: "not_started", ...expected });
    expect(end).not.toHaveProperty("stoppedBy");
  });

  test("starting a program that is being written is retried", async () => {
    const file = join(newDirectory(), "program");
    copyFileSync("/bin/true", file);
    chmodSync(file, 0o755);
    const writer = openSync(file, "r+");
    setTimeout(() => closeSync(writer), 300);
    expect(await run("", { file, args: [] })).toMatchObject({ kind: "exited", code: 0 });
  });

  test("starting a missing program that ran before is retried", async () => {
    const file = join(newDirectory(), "program");
    setTimeout(() => writeFileSync(file, "#!/bin/sh\nexit 4\n", { mode: 0o755 }), 300);
    const end = await run("", { file, args: [], launchedBefore: true });
    expect(end).toMatchObject({ kind: "exited", code: 4 });
  });
});

/** A link to /dev/full in a writable directory. */
function linkToFull(directory: string): string {
  const path = join(directory, "full");
  symlinkSync("/dev/full", path);
  return path;
}
