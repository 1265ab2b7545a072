import type { EventOf, StampedEvent } from "../../core/event.ts";
import type { Failure } from "../../core/failure.ts";
import { ownValue } from "../../core/json.ts";
import type { OpenStep, Recovery } from "../../core/run-state.ts";
import { askOfLevel, type NextTurn, type Source } from "../../core/vocabulary.ts";
import { waitStarted, withinWait } from "./reduce-wait.ts";

type StepEventType =
  | "attempt.started"
  | "attempt.finished"
  | "attempt.failed"
  | "attempt.interrupted"
  | "compact.started"
  | "compact.finished"
  | "wait.started"
  | "wait.ticked"
  | "wait.finished"
  | "probe.started"
  | "probe.finished";
type StepEvent = Extract<StampedEvent, { type: StepEventType }>;

/** Applies an event to the open step: its phase, its session and its recovery counters. */
export function reduceOpenStep(open: OpenStep, event: StepEvent): OpenStep {
  switch (event.type) {
    case "attempt.started":
      return attemptStarted(open, event);
    case "attempt.finished":
      return { ...endOfTurn(open, event), phase: answered(event) };
    case "attempt.failed":
      return attemptFailed(open, event);
    case "attempt.interrupted":
      return attemptInterrupted(open, event);
    case "compact.started":
      return {
        ...open,
        phase: { kind: "compacting", compaction: event.compaction },
        recovery: { ...open.recovery, compactions: event.compaction },
      };
    case "compact.finished":
      return compactFinished(open, event);
    case "wait.started":
      return waitStarted(open, event);
    case "wait.ticked":
    case "wait.finished":
    case "probe.started":
    case "probe.finished":
      return withinWait(open, event);
    default:
      return event satisfies never;
  }
}

function attemptStarted(open: OpenStep, event: StampedEvent & EventOf<"attempt.started">): OpenStep {
  const fresh = event.session?.fresh === true;
  const level = event.mode === "reframe" ? (event.level ?? 1) : 0;
  const newRung = level > open.recovery.reframes;
  const { recovery } = open;
  return {
    ...open,
    attempts: event.attempt,
    session: event.session && { number: event.session.number, id: event.session.id },
    sessions: event.session?.number ?? open.sessions,
    prompt_stored: fresh ? false : open.prompt_stored,
    complaint: fresh ? null : open.complaint,
    phase: { kind: "attempting", attempt: event.attempt, started_at: event.at },
    recovery: {
      ...recovery,
      announced_parks: recovery.announced_parks.filter((reason) => reason !== "disk"),
      reframes: Math.max(recovery.reframes, level),
      output_retries: newRung ? 0 : recovery.output_retries + (event.mode === "correct" ? 1 : 0),
    },
  };
}

/** The changes that a finished and a failed turn have in common. */
function endOfTurn(open: OpenStep, event: EventOf<"attempt.finished"> | EventOf<"attempt.failed">): OpenStep {
  return {
    ...open,
    session: event.session ?? open.session,
    prompt_stored: open.prompt_stored || event.prompt_stored === true,
    charged_ms: 0,
  };
}

function answered(event: EventOf<"attempt.finished">): OpenStep["phase"] {
  const source = (key: string): Source =>
    ownValue(event.key_sources ?? {}, key) ?? { source: event.source, tainted_by: [] };
  const sources = Object.fromEntries(Object.keys(event.outputs).map((key) => [key, source(key)]));
  return { kind: "answered", outputs: event.outputs, sources };
}

function attemptFailed(open: OpenStep, event: EventOf<"attempt.failed">): OpenStep {
  const { failure } = event;
  const ended = endOfTurn(open, event);
  return {
    ...(failure.class === "session_lost" ? withoutSession(ended) : ended),
    // An answer, even an unusable one, shows that the session holds the prompt.
    ...(failure.class === "answer" && { prompt_stored: true }),
    phase: { kind: "failed", failure, during: "turn" },
    last_failure: failure,
    complaint: failure.class === "answer" ? failure : open.complaint,
    recovery: countFailure(open.recovery, failure),
  };
}

/** Drops a lost session, so that it is not used again, not even after a wait. */
const withoutSession = (open: OpenStep): OpenStep => ({ ...open, session: null, prompt_stored: false });

/** Counts a failure by its class. A failure of the model's work proves that the environment answers again. */
function countFailure(recovery: Recovery, failure: Failure): Recovery {
  switch (failure.class) {
    case "transient":
      return { ...recovery, invoke_retries: recovery.invoke_retries + 1 };
    case "timeout":
      return { ...environmentAnswered(recovery), timeouts: recovery.timeouts + 1 };
    case "session_lost":
      return { ...recovery, lost_sessions: recovery.lost_sessions + 1 };
    case "answer":
    case "overflow":
    case "script":
      return environmentAnswered(recovery);
    case "auth":
      return {
        ...recovery,
        login_retries: recovery.login_retries + (failure.login_changed === true ? 1 : 0),
      };
    case "cap":
    case "config":
      return recovery;
    default:
      return failure satisfies never;
  }
}

const environmentAnswered = (recovery: Recovery): Recovery => ({
  ...recovery,
  invoke_retries: 0,
  backoff_waited_ms: 0,
  parks: 0,
  announced_parks: [],
  login_retries: 0,
  lost_sessions: 0,
  interruptions: 0,
});

function attemptInterrupted(open: OpenStep, event: EventOf<"attempt.interrupted">): OpenStep {
  const again = open.kind === "script" ? ({ mode: "script" } as const) : cutTurn(open, event);
  return {
    ...open,
    resumed: true,
    cut_attempts: open.cut_attempts + 1,
    session: event.session ?? open.session,
    prompt_stored: open.prompt_stored || event.prompt_stored,
    charged_ms: open.charged_ms + event.ran_ms,
    phase: { kind: "ready", next: again },
    recovery: { ...open.recovery, interruptions: event.progressed ? 0 : open.recovery.interruptions + 1 },
  };
}

/** A cut turn continues in its session if that holds the prompt, else in a fresh session. Neither costs a retry. */
const cutTurn = (open: OpenStep, event: EventOf<"attempt.interrupted">): NextTurn =>
  open.prompt_stored || event.prompt_stored ? { mode: "continue" } : askOfLevel(open.recovery.reframes);

function compactFinished(open: OpenStep, event: EventOf<"compact.finished">): OpenStep {
  const { failure } = event;
  const { recovery } = open;
  if (failure === undefined) {
    return {
      ...open,
      phase: { kind: "ready", next: { mode: "resend" } },
      recovery: environmentAnswered(recovery),
    };
  }
  const compactions = recovery.compactions - (isOfEnvironment(failure) ? 1 : 0);
  return {
    ...(failure.class === "session_lost" ? withoutSession(open) : open),
    phase: { kind: "failed", failure, during: "compact" },
    last_failure: failure,
    recovery: countFailure({ ...recovery, compactions }, failure),
  };
}

/** A compaction that the environment prevented does not count as an attempt. */
const isOfEnvironment = ({ class: name }: Failure): boolean =>
  name === "transient" || name === "cap" || name === "auth" || name === "config" || name === "session_lost";
