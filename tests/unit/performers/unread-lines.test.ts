import { expect, test } from "vitest";
import type { RunState } from "../../../src/core/run-state.ts";
import { performCompact } from "../../../src/performers/compact.ts";
import { performProbe } from "../../../src/performers/probe.ts";
import { performTurn } from "../../../src/performers/turn.ts";
import { ASKING_NODE, claudeProgram } from "../../support/claude-program.ts";

/** The fields of a state that these performers look at. */
const STATE = { uuid: "0d7c1b1e-2", answered_before: true, open: { recovery: {} } } as RunState;
const SESSION = { number: 1, id: "11111111-2222-4333-8444-555555555555" };

/** As claude ends when not all of a long answer was taken over: no result, and half a line. */
const LOST_END = `printf '%s\\n%s' '{"type":"system","subtype":"init","session_id":"s-1"}' '{"type":"assist'`;

function scene() {
  const { root, deps } = claudeProgram(LOST_END);
  const context = { state: STATE, signal: new AbortController().signal };
  return {
    place: { record: [], step: 1, node: "ask", cwd: root },
    context,
    deps: { ...deps, node: ASKING_NODE },
  };
}

test("a turn whose last line has no end has lost its answer", async () => {
  const { place, context, deps } = scene();
  const turn = { kind: "turn", visit: 1, attempt: 1, prompt: "Judge.", addDirs: [] } as const;
  const asked = { turn: { mode: "task" }, session: { ...SESSION, fresh: true }, timeoutMs: 20_000 } as const;
  expect(await performTurn({ ...place, ...turn, ...asked }, context, deps)).toMatchObject([
    { type: "attempt.failed", failure: { class: "answer", signal: "claude.answer.lost_at_exit" } },
  ]);
});

test("a probe whose last line has no end was answered: the cap is lifted", async () => {
  const { place, context, deps } = scene();
  expect(await performProbe({ ...place, kind: "probe", probe: 1 }, context, deps)).toMatchObject([
    { type: "probe.finished", ok: true, exit_code: 0 },
  ]);
});

test("a compaction whose last line has no end is not tried again like an outage", async () => {
  const { place, context, deps } = scene();
  const action = { ...place, kind: "compact", compaction: 1, session: SESSION } as const;
  expect(await performCompact(action, context, deps)).toMatchObject([
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
