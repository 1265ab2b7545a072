import { expect, test } from "vitest";
import { performCompact } from "../../../src/performers/compact.ts";
import { performProbe } from "../../../src/performers/probe.ts";
import { performTurn } from "../../../src/performers/turn.ts";
import { agentEffect, claudeProgram, turnEffect } from "../../support/claude-program.ts";

const SESSION = { number: 1, id: "11111111-2222-4333-8444-555555555555" };

/** claude's output when it is cut off in the middle of a long answer: no result, and half a line. */
const LOST_END = `printf '%s\\n%s' '{"type":"system","subtype":"init","session_id":"s-1"}' '{"type":"assist'`;

function scene() {
  const { root, runDir, deps } = claudeProgram(LOST_END);
  const { signal } = new AbortController();
  return { turn: turnEffect(root, runDir), step: agentEffect(root, runDir), signal, deps };
}

test("a turn whose last line has no line feed has lost its answer", async () => {
  const { turn, signal, deps } = scene();
  expect(await performTurn(turn, signal, deps)).toMatchObject([
    { type: "attempt.failed", failure: { class: "answer", signal: "claude.answer.lost_at_exit" } },
  ]);
});

test("a probe whose last line has no line feed was answered: the cap is lifted", async () => {
  const { step, signal, deps } = scene();
  expect(await performProbe({ ...step, kind: "probe", probe: 1 }, signal, deps)).toMatchObject([
    { type: "probe.finished", ok: true, exit_code: 0 },
  ]);
});

test("a compaction whose last line has no line feed is not retried like an outage", async () => {
  const { step, signal, deps } = scene();
  const effect = { ...step, kind: "compact", compaction: 1, session: SESSION } as const;
  expect(await performCompact(effect, signal, deps)).toMatchObject([
    {
      type: "compact.finished",
      failure: {
        class: "overflow",
        reason: "stuck",
        message: expect.stringContaining("The end of the output is missing"),
      },
    },
  ]);
});
