import { describe, expect, test } from "vitest";
import {
  type Case,
  verdict,
  answer,
  timeout,
  overflow,
  tooLong,
  lost,
  policy,
  script,
  turn,
  exhausted,
  noSession,
  namelessSession,
} from "../../support/decide-input.ts";

/** Longer than some CLI takes, in a session that holds nothing else. */
const longTask: Case = { promptCharacters: 100_001 };

describe("failures of the work climb the ladder", () => {
  test.each<[string, Case, object]>([
    ["answer: first corrective turn", { failure: answer }, turn("correct")],
    ["answer: last corrective turn", { failure: answer, recovery: { output_retries: 1 } }, turn("correct")],
    ["answer: corrected enough", { failure: answer, recovery: { output_retries: 2 } }, turn("reframe", 1)],
    ["answer: nothing to correct in", { failure: answer, open: noSession }, turn("reframe", 1)],
    ["answer: a session without a name", { failure: answer, open: namelessSession }, turn("reframe", 1)],
    ["answer: of a compaction", { failure: answer, during: "compact" }, turn("reframe", 1)],
    [
      "answer: corrective turns again after a reframe",
      { failure: answer, recovery: { reframes: 1 } },
      turn("correct"),
    ],
    [
      "answer: next level",
      { failure: answer, recovery: { output_retries: 2, reframes: 2 } },
      turn("reframe", 3),
    ],
    ["answer: the end", { failure: answer, recovery: { output_retries: 2, reframes: 3 } }, exhausted(answer)],
    ["timeout: first", { failure: timeout, recovery: { timeouts: 1 } }, turn("notice")],
    ["timeout: second", { failure: timeout, recovery: { timeouts: 2 } }, turn("reframe", 1)],
    [
      "timeout: of a compaction",
      { failure: timeout, during: "compact", recovery: { timeouts: 1 } },
      turn("reframe", 1),
    ],
    ["timeout: the end", { failure: timeout, recovery: { timeouts: 5, reframes: 3 } }, exhausted(timeout)],
    ["overflow: first", { failure: overflow }, turn("compact")],
    ["overflow: last compaction", { failure: overflow, recovery: { compactions: 1 } }, turn("compact")],
    ["overflow: compacted enough", { failure: overflow, recovery: { compactions: 2 } }, turn("reframe", 1)],
    ["overflow: of the prompt alone", { failure: tooLong }, turn("reframe", 1)],
    ["overflow: a task that is too long by itself", { failure: tooLong, ...longTask }, turn("reframe", 2)],
    [
      "overflow: too long when shortened",
      { failure: tooLong, ...longTask, recovery: { reframes: 2 } },
      turn("reframe", 3),
    ],
    [
      "overflow: a long task with one reframe is asked in short",
      { failure: tooLong, ...longTask, policy: { ...policy, maxRephraseAttempts: 1 } },
      turn("reframe", 2),
    ],
    [
      "overflow: a long task with one reframe, the end",
      {
        failure: tooLong,
        ...longTask,
        recovery: { reframes: 2 },
        policy: { ...policy, maxRephraseAttempts: 1 },
      },
      exhausted(tooLong),
    ],
    [
      "overflow: of a session with a long task",
      { failure: overflow, ...longTask, canCompact: false },
      turn("reframe", 1),
    ],
    ["answer: of a long task", { failure: answer, open: noSession, ...longTask }, turn("reframe", 1)],
    ["overflow: a CLI that cannot compact", { failure: overflow, canCompact: false }, turn("reframe", 1)],
    ["overflow: no session", { failure: overflow, open: noSession }, turn("reframe", 1)],
    ["overflow: a session without a name", { failure: overflow, open: namelessSession }, turn("reframe", 1)],
    ["overflow: of a compaction", { failure: overflow, during: "compact" }, turn("reframe", 1)],
    ["overflow: the end", { failure: tooLong, recovery: { reframes: 3 } }, exhausted(tooLong)],
    ["session lost: the same rung", { failure: lost, recovery: { lost_sessions: 1 } }, turn("task")],
    [
      "session lost: on a higher rung",
      { failure: lost, recovery: { lost_sessions: 3, reframes: 2 } },
      turn("reframe", 2),
    ],
    ["script: no retry", { failure: script }, exhausted(script)],
  ])("%s", (_, given, expected) => {
    expect(verdict(given)).toEqual(expected);
  });
});
