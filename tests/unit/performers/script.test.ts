import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { EventBody, EventOf } from "../../../src/core/event.ts";
import type { Json, JsonObject } from "../../../src/core/json.ts";
import type { ScriptEffect } from "../../../src/engine/effect.ts";
import { performScript } from "../../../src/performers/script.ts";
import { scriptFailure } from "../../../src/performers/script-failure.ts";
import type { SupervisedEnd } from "../../../src/process/supervised-end.ts";
import { createRedactor } from "../../../src/process/redact.ts";
import { newDirectory, pidIn } from "../process/processes.ts";

const UUID = "0d7c1b1e-0000-4000-8000-000000000001";
/** The path, below the step, of the attempt that is performed. */
const ATTEMPT = "attempts/02";
const PATH = process.env["PATH"] ?? "/usr/bin:/bin";

interface Given {
  readonly name?: string;
  readonly outputs?: ScriptEffect["outputs"];
  readonly effect?: Partial<ScriptEffect>;
  readonly secrets?: readonly string[];
  readonly mode?: number;
  readonly signal?: AbortSignal;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a script of this text as step 7 of a run, and returns its only event and the directories. */
async function perform(script: string, given: Given = {}) {
  const root = mkdtempSync(join(tmpdir(), "longhaul-script-"));
  const [workflowDir, workspace, runDir] = ["workflow", "workspace", "run"].map((name) => join(root, name));
  if (!workflowDir || !workspace || !runDir) throw new Error("three directories");
  for (const directory of [workflowDir, workspace, runDir]) mkdirSync(directory);
  const name = given.name ?? "check.sh";
  writeFileSync(join(workflowDir, name), script, { mode: given.mode ?? 0o644 });
  const effect: ScriptEffect = {
    kind: "script",
    step: 7,
    node: "check",
    mark: `${UUID}/7`,
    runDir,
    workspace,
    workflowDir,
    environment: {},
    outputs: given.outputs ?? [],
    attempt: 2,
    file: name,
    args: [],
    cwd: workspace,
    timeoutMs: 60_000,
    resumed: false,
    ...given.effect,
  };
  const events = await performScript(effect, given.signal ?? new AbortController().signal, {
    environment: { PATH, ...given.environment },
    redactor: createRedactor(given.secrets ?? []),
    validate: (schema: JsonObject, value: Json) =>
      schema["type"] === typeof value ? undefined : `is no ${JSON.stringify(schema["type"])}`,
  });
  expect(events.length).toBe(1);
  return {
    event: onlyEvent(events),
    stepDir: join(runDir, "steps", "000007-check"),
    runDir,
    workspace,
    workflowDir,
  };
}

function onlyEvent(events: readonly EventBody[]): EventBody {
  const [event] = events;
  if (event === undefined) throw new Error("no event");
  return event;
}

const failureOf = (event: EventBody) => (event as EventOf<"attempt.failed">).failure; // compared whole below
const outputsOf = (event: EventBody) => (event as EventOf<"attempt.finished">).outputs;
const NO_OBJECT = "check.sh printed no JSON object on stdout: the whole of it, or its last line, must be one";
const ONE: ScriptEffect["outputs"] = [{ key: "checks" }];

describe("interpreters", () => {
  test.each([
    ["check.sh", 'set -o pipefail; echo "{\\"checks\\": \\"$BASH\\"}"', /bash$/],
    ["check.bash", 'set -o pipefail; echo "{\\"checks\\": \\"$BASH\\"}"', /bash$/],
    ["check.py", 'import sys, json; print(json.dumps({"checks": sys.argv[1]}))', /^an arg$/],
    ["check.js", "console.log(JSON.stringify({ checks: process.argv[2] }))", /^an arg$/],
    [
      "check.mjs",
      'import fs from "node:fs"; console.log(JSON.stringify({ checks: process.argv[2] }))',
      /^an arg$/,
    ],
  ])("%s", async (name, script, expected) => {
    const { event } = await perform(script, { name, outputs: ONE, effect: { args: ["an arg"] } });
    expect(outputsOf(event)["checks"]).toMatch(expected);
  });

  test("any other file is executed directly", async () => {
    const given = { name: "check", mode: 0o755, outputs: ONE };
    const { event } = await perform('#!/bin/sh\necho "{\\"checks\\": 4}"', given);
    expect(outputsOf(event)).toEqual({ checks: 4 });
  });
});

describe("answers", () => {
  test("the event of a success", async () => {
    const { event } = await perform(`echo '{"checks": {"failed": 0}, "other": 1}'`, { outputs: ONE });
    expect(event).toEqual({
      type: "attempt.finished",
      step: 7,
      attempt: 2,
      outputs: { checks: { failed: 0 } },
      source: "script",
      session: null,
      exit_code: 0,
      signal: null,
      duration_ms: expect.any(Number),
    });
  });

  test.each([
    ["one object over several lines", `printf '{\n "checks": 1\n}\n'`, { checks: 1 }],
    [
      "the last line that is an object",
      `echo log; echo '{"checks": 1}'; echo '{"checks": 2}'; echo; echo done`,
      { checks: 2 },
    ],
    ["a last line without an end", `echo log; printf '{"checks": 3}'`, { checks: 3 }],
    ["after broken JSON", `echo '{"checks": 4}'; echo '{broken}'`, { checks: 4 }],
    ["null is a value", `echo '{"checks": null}'`, { checks: null }],
  ])("%s", async (_name, script, expected) => {
    expect(outputsOf((await perform(script, { outputs: ONE })).event)).toEqual(expected);
  });

  test("without declared outputs anything may be printed", async () => {
    const { event } = await perform("echo no JSON at all");
    expect(event).toMatchObject({ type: "attempt.finished", outputs: {} });
  });

  test("an optional output may be left out", async () => {
    const outputs = [{ key: "checks" }, { key: "notes", optional: true }];
    expect(outputsOf((await perform(`echo '{"checks": 1}'`, { outputs })).event)).toEqual({ checks: 1 });
  });
});

describe("failures", () => {
  test.each<readonly [string, string, Given, object]>([
    [
      "a bad exit code, with the last lines of stderr",
      "seq 1 30 >&2; exit 3",
      {},
      {
        class: "script",
        reason: "exit_code",
        exit_code: 3,
        message: "check.sh exited with code 3",
        stderr_tail: Array.from({ length: 20 }, (_, index) => String(index + 11)).join("\n"),
      },
    ],
    [
      "exit 75: not now",
      "echo 'locked by CI' >&2; exit 75",
      {},
      {
        class: "transient",
        reason: "not_now",
        message: 'check.sh says "not now" (exit code 75): locked by CI',
      },
    ],
    [
      "a signal",
      "kill -SEGV $$",
      {},
      { class: "script", reason: "signal", message: "check.sh was killed by SIGSEGV" },
    ],
    [
      "killed from outside",
      "kill -KILL $$",
      {},
      {
        class: "script",
        reason: "signal",
        message: "check.sh was killed by SIGKILL, probably because memory ran out",
      },
    ],
    [
      "a SIGTERM that no stop of ours follows",
      "kill -TERM $$",
      {},
      { class: "script", reason: "signal", message: "check.sh was killed by SIGTERM" },
    ],
    [
      "the timeout",
      "sleep 1000",
      { effect: { timeoutMs: 200 } },
      { class: "script", reason: "timeout", message: "check.sh was stopped after its timeout of 0.2 s" },
    ],
    ["no JSON", "echo hello", { outputs: ONE }, { class: "script", reason: "no_json", message: NO_OBJECT }],
    [
      "a value that would exhaust the stack",
      `python3 -c 'print("{\\"checks\\": " + "[" * 20000 + "]" * 20000 + "}")'`,
      { outputs: ONE },
      {
        class: "script",
        reason: "schema",
        message: 'check.sh printed a bad "checks": it is nested too deeply',
      },
    ],
    [
      "a list is no object",
      "echo '[1]'",
      { outputs: ONE },
      { class: "script", reason: "no_json", message: NO_OBJECT },
    ],
    [
      "a missing key",
      `echo '{"check": 1}'`,
      { outputs: ONE },
      { class: "script", reason: "missing_key", message: 'check.sh printed a JSON object without "checks"' },
    ],
    [
      "a bad value",
      `echo '{"checks": "x"}'`,
      { outputs: [{ key: "checks", schema: { type: "number" } }] },
      { class: "script", reason: "schema", message: 'check.sh printed a bad "checks": is no "number"' },
    ],
    [
      "a missing directory",
      "",
      { effect: { cwd: "/no/such" } },
      {
        class: "script",
        reason: "spawn",
        message: "check.sh could not be started: the directory /no/such does not exist (ENOENT)",
        remedy: "Create the directory, let this user enter it, or change the node's cwd.",
      },
    ],
    [
      "a file for a directory",
      "",
      { effect: { cwd: "/etc/passwd" } },
      {
        class: "script",
        reason: "spawn",
        message: "check.sh could not be started: /etc/passwd is not a directory (ENOTDIR)",
        remedy: "Create the directory, let this user enter it, or change the node's cwd.",
      },
    ],
    [
      "a zero byte, without the value around it",
      "",
      { effect: { args: ["hush\0"] } },
      {
        class: "script",
        reason: "spawn",
        message:
          "check.sh could not be started: The argument 'args[1]' must be a string without null bytes. (ERR_INVALID_ARG_VALUE)",
        remedy: "No program can be given a zero byte: leave it out where the value is made.",
      },
    ],
    [
      "a missing interpreter",
      "",
      { environment: { PATH: "/no/such" } },
      {
        class: "script",
        reason: "spawn",
        message: "check.sh could not be started: bash was not found (ENOENT)",
        remedy: "Install the interpreter that the script needs, or add it to PATH.",
      },
    ],
  ])("%s", async (_name, script, given, expected) => {
    expect(failureOf((await perform(script, given)).event)).toEqual(expected);
  });

  test("a script whose first line names a missing interpreter", async () => {
    const { event } = await perform("#!/no/such/interpreter\n", { name: "check", mode: 0o755 });
    expect(failureOf(event)).toMatchObject({
      class: "script",
      reason: "spawn",
      message: expect.stringContaining("exists, but its interpreter does not"),
    });
  });

  test("a script that is not executable", async () => {
    const { event } = await perform("#!/bin/sh\n", { name: "check" });
    expect(failureOf(event)).toMatchObject({
      class: "script",
      reason: "spawn",
      remedy: expect.stringContaining("chmod +x"),
    });
  });
});

test.each(["EAGAIN", "ENOMEM", "EMFILE"])(
  "a machine that cannot start a script now (%s) is waited for, so that it makes no default",
  (code) => {
    const end: SupervisedEnd = {
      kind: "not_started",
      code,
      message: `spawn bash ${code}`,
      durationMs: 1,
      stdoutBytes: 0,
      stderrBytes: 0,
      stderrTail: "",
      silentMs: undefined,
      likelyOutOfMemory: false,
      likelyTooManyProcesses: code === "EAGAIN",
      survivors: [],
    };
    expect(scriptFailure({ script: "check.sh", end, timeoutMs: 1000 })).toMatchObject({
      class: "transient",
      reason: "spawn_busy",
      message: `check.sh could not be started: spawn bash ${code} (${code})`,
    });
  },
);

describe("interruption", () => {
  test("our stop is an interruption, however the script reacts", async () => {
    const abort = new AbortController();
    const ready = join(newDirectory(), "pid");
    const script = `trap 'echo {}; exit 0' TERM; echo $$ > "$READY"; while :; do sleep 0.01; done`;
    const performing = perform(script, { signal: abort.signal, environment: { READY: ready } });
    await pidIn(ready);
    abort.abort();
    expect((await performing).event).toEqual({
      type: "attempt.interrupted",
      step: 7,
      attempt: 2,
      ran_ms: expect.any(Number),
      progressed: false,
      prompt_stored: false,
      session: null,
      exit_code: 0,
      signal: null,
      stopped_by: "abort",
    });
  });

  test("a shutdown where the script gets its SIGTERM before us", async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 150);
    const { event } = await perform("kill -TERM $$", { signal: abort.signal });
    expect(event.type).toBe("attempt.interrupted");
  });
});

describe("what the script sees", () => {
  test("its environment, arguments and directory", async () => {
    const script = `echo "$LONGHAUL_STEP|$LONGHAUL_NODE|$LONGHAUL_RUN_DIR|$LONGHAUL_WORKSPACE|\${LONGHAUL_RESUMED-unset}|$PWD|$EXTRA|$1"; cat`;
    const environment = { EXTRA: "extra", LONGHAUL_RESUMED: "1" };
    const { stepDir, runDir, workspace } = await perform(script, { environment, effect: { args: ["a b"] } });
    expect(readFileSync(join(stepDir, ATTEMPT, "stdout.log"), "utf8")).toBe(
      `${UUID}/7|check|${runDir}|${workspace}|unset|${workspace}|extra|a b\n`,
    );
  });

  test("that a first attempt was cut off", async () => {
    const { stepDir } = await perform('echo "$LONGHAUL_RESUMED"', { effect: { resumed: true } });
    expect(readFileSync(join(stepDir, ATTEMPT, "stdout.log"), "utf8")).toBe("1\n");
  });
});

test("files are kept per attempt, secrets redacted", async () => {
  const script = `echo '{"checks": "hunter22"}'; echo oops hunter22 >&2`;
  const { event, stepDir } = await perform(script, { outputs: ONE, secrets: ["hunter22"] });
  expect(outputsOf(event)).toEqual({ checks: "[redacted]" });
  const directory = join(stepDir, ATTEMPT);
  expect(readdirSync(directory).toSorted()).toEqual(["process.json", "stderr.log", "stdout.log"]);
  expect(readFileSync(join(directory, "stdout.log"), "utf8")).toBe('{"checks": "[redacted]"}\n');
  expect(readFileSync(join(directory, "stderr.log"), "utf8")).toBe("oops [redacted]\n");
});
