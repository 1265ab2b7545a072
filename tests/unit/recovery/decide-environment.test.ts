import { describe, expect, test } from "vitest";
import { decide, isQuickRetry } from "../../../src/recovery/decide.ts";
import {
  type Case,
  nowMs,
  minuteMs,
  inputOf,
  verdict,
  message,
  transient,
  cap,
  auth,
  rotated,
  config,
  lost,
  script,
  turn,
  noSession,
} from "../../support/decide-input.ts";

/** The last of many retries of a script. */
const last = (backoffMs: number) =>
  verdict({ failure: script, recovery: { script_retries: 50 }, scriptRetry: { times: 60, backoffMs } });

describe("failures of the environment cause a wait", () => {
  const task = { mode: "task" };
  const goOn = { mode: "continue" };
  const again = { mode: "script" };

  test.each<[string, Case, object]>([
    ["transient", { failure: transient, recovery: { invoke_retries: 1 } }, { for: "backoff", next: goOn }],
    [
      "transient: prompt not stored",
      { failure: transient, recovery: { invoke_retries: 1 }, open: noSession },
      { for: "backoff", next: task },
    ],
    [
      "transient: on a rung",
      { failure: transient, recovery: { reframes: 2 }, open: noSession },
      { for: "backoff", next: { mode: "reframe", level: 2 } },
    ],
    [
      "transient: of a compaction",
      { failure: transient, during: "compact" },
      { for: "backoff", next: { mode: "compact" } },
    ],
    [
      "transient: of a script",
      { failure: transient, open: { ...noSession, kind: "script" } },
      { for: "backoff", next: again },
    ],
    [
      "transient: budget used up",
      { failure: transient, recovery: { backoff_waited_ms: 97_200_000 } },
      { for: "park", next: goOn },
    ],
    [
      "transient: the server's wish",
      { failure: { ...transient, retry_after_ms: 3_600_000 } },
      { for: "backoff", plannedMs: 3_600_000 },
    ],
    [
      "transient: an absurd wish",
      { failure: { ...transient, retry_after_ms: 1e15 } },
      { for: "backoff", plannedMs: 691_200_000 },
    ],
    ["cap: no reset time", { failure: cap }, { for: "cap", plannedMs: 3_600_000, next: goOn }],
    [
      "cap: reset plus margin",
      { failure: { ...cap, resets_at_ms: nowMs + 10 * minuteMs } },
      { for: "cap", plannedMs: 12 * minuteMs, untilMs: nowMs + 12 * minuteMs },
    ],
    [
      "cap: reset in the past",
      { failure: { ...cap, resets_at_ms: nowMs - 60 * minuteMs } },
      { for: "cap", plannedMs: 15_000 },
    ],
    [
      "cap: reset too far away",
      { failure: { ...cap, resets_at_ms: nowMs + 1e12 } },
      { for: "cap", plannedMs: 691_200_000 },
    ],
    ["cap: too many", { failure: cap, recovery: { cap_waits: 48 } }, { for: "park", next: goOn }],
    ["cap: of a compaction", { failure: cap, during: "compact" }, { for: "cap", next: { mode: "compact" } }],
    ["auth", { failure: auth }, { for: "park", next: goOn }],
    [
      "auth: renewed once before",
      { failure: rotated, recovery: { login_retries: 2 } },
      { for: "park", next: goOn },
    ],
    ["config", { failure: config }, { for: "park", next: goOn }],
    [
      "session lost: again and again",
      { failure: lost, recovery: { lost_sessions: 4 }, open: noSession },
      { for: "backoff", next: task },
    ],
    [
      "session lost: in a compaction, again and again",
      { failure: lost, during: "compact", recovery: { lost_sessions: 4 }, open: noSession },
      { for: "backoff", next: task },
    ],
    [
      "script: a retry of its own",
      { failure: script, scriptRetry: { times: 2, backoffMs: 1000 } },
      { for: "backoff", next: again, why: "Something happened. Retry 1 of 2." },
    ],
  ])("%s", (_, given, expected) => {
    expect(verdict(given)).toMatchObject({ kind: "wait", ...expected });
  });

  test("waits grow with each failure up to their cap", () => {
    const planned = [1, 2, 3, 4, 20, 2000].map((invoke_retries) =>
      verdict({ failure: transient, recovery: { invoke_retries } }),
    );
    const bounds = planned.map((decision) => (decision.kind === "wait" ? decision.plannedMs / 1000 : 0));
    for (const [index, plain] of [15, 30, 60, 120, 1800, 1800].entries()) {
      expect(bounds[index]).toBeGreaterThanOrEqual(plain * 0.75);
      expect(bounds[index]).toBeLessThanOrEqual(plain * 1.25);
    }
  });

  test("a script's doubling stops at the run's longest backoff, or at its own if that is longer", () => {
    expect(last(1000)).toMatchObject({ plannedMs: expect.closeTo(1_800_000, -6) });
    expect(last(7_200_000)).toMatchObject({ plannedMs: expect.closeTo(7_200_000, -7) });
  });
});

describe("an environment that is not ready", () => {
  test.each<[string, Case, object]>([
    [
      "auth: renewed, so once more for free",
      { failure: rotated, recovery: { login_retries: 1 } },
      turn("continue"),
    ],
    [
      "auth: renewed before the prompt was stored",
      { failure: rotated, recovery: { login_retries: 1 }, open: noSession },
      turn("task"),
    ],
    ["auth: renewed, in a compaction", { failure: rotated, during: "compact" }, turn("compact")],
    [
      "auth: before the first step",
      { failure: auth, firstStepEver: true },
      { kind: "stop", exitCode: 3, why: message, failure: auth },
    ],
    [
      "config: before the first step",
      { failure: config, firstStepEver: true },
      { kind: "stop", exitCode: 3, why: message, failure: config },
    ],
    [
      "config: the author's own file",
      { failure: { ...config, reason: "replay" } },
      { kind: "stop", exitCode: 6, why: message, failure: { ...config, reason: "replay" } },
    ],
    [
      "config: a template",
      { failure: { ...config, reason: "template" }, firstStepEver: true },
      { kind: "stop", exitCode: 6, why: message, failure: { ...config, reason: "template" } },
    ],
  ])("%s", (_, given, expected) => {
    expect(verdict(given)).toEqual(expected);
  });
});

describe("quick retries, the only waits that --no-wait sleeps", () => {
  test.each<[string, Case, boolean]>([
    ["a first disturbance", { failure: transient, recovery: { invoke_retries: 1 } }, true],
    ["the last quick one", { failure: transient, recovery: { invoke_retries: 4 } }, true],
    ["an outage", { failure: transient, recovery: { invoke_retries: 5 } }, false],
    [
      "a long wish of the server",
      { failure: { ...transient, retry_after_ms: 3_600_000 }, recovery: { invoke_retries: 1 } },
      false,
    ],
    ["a park", { failure: transient, recovery: { backoff_waited_ms: 97_200_000 } }, false],
    ["a cap", { failure: cap }, false],
    ["a missing login", { failure: auth }, false],
    ["a script's own retry", { failure: script, scriptRetry: { times: 1, backoffMs: 1000 } }, true],
  ])("%s", (_, given, expected) => {
    const input = inputOf(given);
    const wait = decide(input);
    if (wait.kind !== "wait") throw new Error(`${wait.kind} is no wait.`);
    expect(isQuickRetry({ ...input, wait })).toBe(expected);
  });
});
