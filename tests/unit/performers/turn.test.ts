import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parseReplayFile } from "../../../src/backends/replay/open-replay.ts";
import type { ReplayAnswers } from "../../../src/backends/replay/answers.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { StorageFailure } from "../../../src/core/ports.ts";
import { performReplay } from "../../../src/performers/replay.ts";
import { performTurn } from "../../../src/performers/turn.ts";
import { runLayout } from "../../../src/store/layout.ts";
import { claudeProgram, CLOCKS, type ProgramOptions, turnEffect } from "../../support/claude-program.ts";

/** One turn of a program named `claude` with this body. */
async function turnOf(body: string, options: ProgramOptions = {}, signal = new AbortController().signal) {
  const { root, runDir, deps } = claudeProgram(body, options);
  const events = await performTurn(turnEffect(root, runDir), signal, deps);
  return { root, events, attemptDir: runLayout(runDir).attemptDir(1, "ask", 1) };
}

const RESULT = {
  type: "result",
  subtype: "success",
  is_error: false,
  terminal_reason: "completed",
  session_id: "s-1",
  structured_output: { verdict: "good" },
};

test("the prompt arrives on stdin; the stream and stderr are kept", async () => {
  const { root, events, attemptDir } = await turnOf(`echo '${JSON.stringify(RESULT)}'; echo problem >&2`);
  expect(events).toMatchObject([
    {
      type: "attempt.finished",
      outputs: { verdict: "good" },
      source: "agent",
      session: { number: 1, id: "s-1" },
    },
  ]);
  expect(readFileSync(join(root, "prompt-received"), "utf8")).toBe("Judge.");
  expect(readFileSync(join(attemptDir, "events.jsonl"), "utf8")).toBe(`${JSON.stringify(RESULT)}\n`);
  expect(readFileSync(join(attemptDir, "stderr.log"), "utf8")).toBe("problem\n");
});

test("an unrecognized turn is saved for the failure table, and is not an answer", async () => {
  const { events, attemptDir } = await turnOf('echo \'{"type":"news"}\'; echo odd >&2; exit 9');
  expect(events).toMatchObject([
    { type: "attempt.failed", failure: { class: "transient", reason: "unclassified" }, prompt_stored: false },
  ]);
  expect(JSON.parse(readFileSync(join(attemptDir, "unclassified.json"), "utf8"))).toEqual({
    cli: "claude",
    end: { kind: "exited", code: 9 },
    facts: { fresh_session: true },
    stderr_tail: "odd\n",
    last_lines: ['{"type":"news"}'],
  });
});

test("a program that hangs after its final event is stopped, and the answer counts", async () => {
  const { events, attemptDir } = await turnOf(`echo '${JSON.stringify(RESULT)}'; exec sleep 600`);
  expect(events).toMatchObject([{ type: "attempt.finished", outputs: { verdict: "good" } }]);
  expect(existsSync(join(attemptDir, "unclassified.json"))).toBe(false);
});

test("a stop of ours is an interruption", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 200);
  const { events } = await turnOf("exec sleep 600", {}, stop.signal);
  expect(events).toMatchObject([{ type: "attempt.interrupted", progressed: false, prompt_stored: false }]);
});

test.each([
  ["an exit", "exit 9", CLOCKS, { exit_code: 9, signal: null }],
  ["a signal that is not ours", "kill -TERM $$", CLOCKS, { exit_code: null, signal: "SIGTERM" }],
  [
    "a clock of ours",
    "exec sleep 600",
    { ...CLOCKS, firstEventMs: 500 },
    { exit_code: null, signal: "SIGINT", stopped_by: "first-event" },
  ],
])("the event says how the process ended: %s", async (_name, body, clocks, expected) => {
  const { events } = await turnOf(body, { clocks });
  expect(events).toMatchObject([expected]);
  expect(events[0]).not.toHaveProperty("os_error");
});

test("the event says why the process was never started", async () => {
  const { events } = await turnOf("exit 0", { mode: 0o644 });
  expect(events).toMatchObject([
    { type: "attempt.failed", exit_code: null, signal: null, os_error: "EACCES" },
  ]);
});

const replayOf = async (
  yaml: string,
  { attempt, cut, runDir }: { readonly attempt: number; readonly cut: number; readonly runDir?: string },
) => {
  const root = mkdtempSync(join(tmpdir(), "longhaul-replay-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const file = parseReplayFile(yaml, "replay.yaml");
  const list = file["ask"];
  const answers: ReplayAnswers = {
    origin: "replay.yaml",
    answerTo: ({ attempt: wanted }) => {
      const visit = Array.isArray(list) ? list[0] : undefined;
      const written = Array.isArray(visit) ? visit[wanted - 1] : undefined;
      return written !== undefined && "text" in written
        ? { kind: "text", text: written.text, delayMs: 0 }
        : undefined;
    },
  };
  const effect = { ...turnEffect(root, runDir ?? join(root, "run"), attempt), seenAttempt: attempt - cut };
  return performReplay(effect, new AbortController().signal, { answers, clock: systemClock });
};

const TWO_ATTEMPTS = 'ask:\n  - - I do not know.\n    - \'{"verdict":"good"}\'\n';

test.each([
  [1, 0, { type: "attempt.failed", failure: { class: "answer", reason: "no_json" } }],
  [2, 0, { type: "attempt.finished", outputs: { verdict: "good" }, source: "replay" }],
  [2, 1, { type: "attempt.failed", failure: { class: "answer", reason: "no_json" } }],
  [
    3,
    0,
    {
      type: "attempt.failed",
      failure: { class: "config", message: "replay.yaml has no answer for node ask, visit 1, attempt 3." },
    },
  ],
])("replay: attempt %i after %i cut-off attempts", async (attempt, cut, expected) => {
  expect(await replayOf(TWO_ATTEMPTS, { attempt, cut })).toMatchObject([expected]);
});

test("a disk that refuses an attempt is a storage failure, not a bug", async () => {
  const runDir = "/sys/longhaul-run"; // refuses new directories, even to root
  await expect(turnOf("exit 0", { runDir })).rejects.toThrow(StorageFailure);
  await expect(replayOf(TWO_ATTEMPTS, { attempt: 1, cut: 0, runDir })).rejects.toThrow(StorageFailure);
});
