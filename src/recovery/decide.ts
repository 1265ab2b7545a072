import { formatDuration } from "../core/duration.ts";
import type { Failure } from "../core/failure.ts";
import type { OpenStep } from "../core/run-state.ts";
import { askOfLevel, type NextAttempt } from "../core/vocabulary.ts";
import type { Decision } from "./decision.ts";
import { backoffMs, JITTER_SHARE } from "./backoff.ts";
import type { Policy } from "./policy.ts";
import { FIRST_SHORTENED_LEVEL } from "./reframe.ts";

export interface DecideInput {
  readonly failure: Failure;
  /** What failed. */
  readonly during: "turn" | "compact";
  readonly open: Pick<OpenStep, "kind" | "recovery" | "prompt_stored" | "session">;
  /** Length of an agent step's rendered prompt. */
  readonly promptCharacters: number;
  /** The `retry` of a script node. */
  readonly scriptRetry: { readonly times: number; readonly backoffMs: number };
  readonly policy: Policy;
  readonly canCompact: boolean;
  /** True when no step of this run has finished and no turn was answered: the environment may never have worked. */
  readonly firstStepEver: boolean;
  readonly nowMs: number;
  /** Where in its range the jitter of a backoff is, from 0 to 1. */
  readonly jitter: number;
}

const MAX_LOST_SESSIONS = 3;
const PARK_BASE_FACTOR = 4;
const PARK_CAP_FACTOR = 2;
const MAX_LOGIN_RETRIES = 1;
/** A prompt of this size fits every CLI. The smallest limit is copilot's, 128,000 tokens or about four times as many characters. */
const SURE_TO_FIT_CHARACTERS = 100_000;

/**
 * The recovery ladder: decides what to do about a failure, from the failure, the step's durable counters, the policy and
 * the time alone. Only answers, timeouts and overflows can exhaust it. For failures of the environment the run waits.
 */
export function decide(input: DecideInput): Decision {
  const { failure } = input;
  switch (failure.class) {
    case "transient":
      return waitForEnvironment(input, {
        failures: input.open.recovery.invoke_retries,
        retryAfterMs: failure.retry_after_ms ?? 0,
      });
    case "cap":
      return waitForCap(input, failure.resets_at_ms);
    case "overflow":
      return afterOverflow(input, failure.reason === "context");
    case "timeout":
      return input.open.recovery.timeouts <= 1 && input.during === "turn"
        ? turn({ mode: "notice" })
        : reframeOrExhausted(input);
    case "answer":
      return input.open.recovery.output_retries < input.policy.maxOutputRetries &&
        input.during === "turn" &&
        hasSession(input)
        ? turn({ mode: "correct" })
        : reframeOrExhausted(input);
    case "auth":
    case "config":
      return afterUnreadyEnvironment(input);
    case "session_lost":
      return input.open.recovery.lost_sessions <= MAX_LOST_SESSIONS
        ? turn(freshSameRung(input))
        : waitForEnvironment(input, {
            failures: input.open.recovery.lost_sessions - MAX_LOST_SESSIONS,
            retryAfterMs: 0,
          });
    case "script":
      return afterScript(input);
    default:
      return failure satisfies never;
  }
}

/** A session without a known id cannot be continued. */
const hasSession = ({ open }: DecideInput): boolean => open.session?.id != null;

interface QuickRetryInput {
  readonly failure: Failure;
  readonly wait: Extract<Decision, { kind: "wait" }>;
  readonly open: Pick<OpenStep, "recovery">;
  readonly policy: Policy;
}

/** True for the short waits at the beginning of a disturbance. `--no-wait` sleeps only these. */
export function isQuickRetry({ failure, wait, open, policy }: QuickRetryInput): boolean {
  if (failure.class === "script") return true;
  const short = wait.for === "backoff" && wait.plannedMs <= policy.backoffCapMs * (1 + JITTER_SHARE);
  return short && failure.class === "transient" && open.recovery.invoke_retries <= policy.maxInvokeRetries;
}

interface Disturbance {
  /** Failures in a row, including this one. */
  readonly failures: number;
  readonly retryAfterMs: number;
}

function waitForEnvironment(input: DecideInput, { failures, retryAfterMs }: Disturbance): Decision {
  const { policy, open } = input;
  if (open.recovery.backoff_waited_ms >= policy.retryWaitBudgetMs) return park(input);
  const backoff = backoffMs({
    baseMs: policy.backoffBaseMs,
    capMs: policy.backoffCapMs,
    retries: failures - 1,
    jitter: input.jitter,
  });
  const requestedMs = Math.min(retryAfterMs, policy.capMaxWaitMs);
  return waitMs(input, { for: "backoff", plannedMs: Math.max(backoff, requestedMs) });
}

function waitForCap(input: DecideInput, resetsAtMs: number | undefined): Decision {
  const { policy, nowMs, open } = input;
  if (open.recovery.cap_waits >= policy.maxCapWaits) return park(input);
  const untilReset =
    resetsAtMs === undefined ? policy.capDefaultWaitMs : resetsAtMs - nowMs + policy.capWaitMarginMs;
  // A reset time in the past means that the server is behind. Without a minimum the run would ask in a tight loop.
  const plannedMs = Math.min(Math.max(untilReset, policy.backoffBaseMs), policy.capMaxWaitMs);
  return waitMs(input, { for: "cap", plannedMs });
}

function afterOverflow(input: DecideInput, compactionCanHelp: boolean): Decision {
  const { open, policy } = input;
  const worthCompacting =
    compactionCanHelp &&
    input.canCompact &&
    input.during === "turn" &&
    hasSession(input) &&
    open.recovery.compactions < policy.maxCompactAttempts;
  return worthCompacting ? turn({ mode: "compact" }) : reframeOrExhausted(input);
}

function reframeOrExhausted(input: DecideInput): Decision {
  const { open, policy, failure } = input;
  const { reframes } = open.recovery;
  if (reframes >= policy.maxRephraseAttempts) return { kind: "exhausted", failure };
  const level = Math.max(reframes + 1, isTaskTooLong(input) ? FIRST_SHORTENED_LEVEL : 1);
  return turn({ mode: "reframe", level });
}

/** True when the task itself is too long, so that even a fresh session would refuse it. A long session is not the cause then. */
const isTaskTooLong = ({ failure, promptCharacters }: DecideInput): boolean =>
  failure.class === "overflow" && failure.reason === "prompt" && promptCharacters > SURE_TO_FIT_CHARACTERS;

function afterUnreadyEnvironment(input: DecideInput): Decision {
  const { failure, open } = input;
  const rotated = failure.class === "auth" && failure.login_changed === true;
  if (rotated && open.recovery.login_retries <= MAX_LOGIN_RETRIES) return turn(again(input));
  // Waiting cannot fix these: the user has to edit a file and start again.
  const ownFile =
    failure.class === "config" && (failure.reason === "replay" || failure.reason === "template");
  if (ownFile) return { kind: "stop", exitCode: 6, why: failure.message, failure };
  if (input.firstStepEver) return { kind: "stop", exitCode: 3, why: failure.message, failure };
  return park(input);
}

function afterScript({ failure, open, policy, scriptRetry, jitter, nowMs }: DecideInput): Decision {
  const retries = open.recovery.script_retries;
  if (retries >= scriptRetry.times) return { kind: "exhausted", failure };
  const plannedMs = backoffMs({
    baseMs: scriptRetry.backoffMs,
    capMs: Math.max(scriptRetry.backoffMs, policy.backoffCapMs),
    retries,
    jitter,
  });
  return {
    kind: "wait",
    for: "backoff",
    plannedMs,
    untilMs: nowMs + plannedMs,
    why: `${failure.message.replace(/[^.!?]$/, "$&.")} Retry ${retries + 1} of ${scriptRetry.times}.`,
    next: { mode: "script" },
  };
}

/** Parks the run: it keeps running, retries at growing intervals and continues by itself. */
function park(input: DecideInput): Decision {
  const { policy, open, jitter } = input;
  const plannedMs = backoffMs({
    baseMs: policy.backoffBaseMs * PARK_BASE_FACTOR,
    capMs: policy.backoffCapMs * PARK_CAP_FACTOR,
    retries: open.recovery.parks,
    jitter,
  });
  return waitMs(input, { for: "park", plannedMs });
}

function waitMs(input: DecideInput, wait: { for: "backoff" | "cap" | "park"; plannedMs: number }): Decision {
  const { failure, nowMs } = input;
  return {
    kind: "wait",
    for: wait.for,
    plannedMs: wait.plannedMs,
    untilMs: nowMs + wait.plannedMs,
    why:
      wait.for === "park"
        ? `${failure.message} Trying again in ${formatDuration(wait.plannedMs)}.`
        : failure.message,
    next: again(input),
  };
}

/** Repeats the ask on the same rung: in the session if it holds the prompt, else in a fresh one. */
function again(input: DecideInput): NextAttempt {
  if (input.open.kind === "script") return { mode: "script" };
  if (input.during === "compact" && hasSession(input)) return { mode: "compact" };
  return input.open.prompt_stored ? { mode: "continue" } : freshSameRung(input);
}

const freshSameRung = ({ open }: DecideInput) => askOfLevel(open.recovery.reframes);

const turn = (next: NextAttempt): Decision =>
  next.mode === "script" ? { kind: "rerun-script" } : { kind: "turn", turn: next };
