import type { EventOf, JournalEvent } from "../core/event.ts";
import type { Failure } from "../core/failure.ts";
import { addUsage, type Usage } from "../core/usage.ts";
import type { Source } from "../core/vocabulary.ts";

/** One attempt of a step. */
export interface AttemptHistory {
  readonly kind: "attempt";
  readonly attempt: number;
  readonly mode: string;
  readonly level: number | null;
  readonly session: number | null;
  readonly started_at: string;
  /** `running`: no event has ended it. */
  readonly result: "running" | "finished" | "failed" | "interrupted";
  readonly duration_ms: number | null;
  readonly failure: Failure | null;
  readonly usage: Usage | null;
  readonly model: string | null;
}

export interface WaitHistory {
  readonly kind: "wait";
  readonly for: string;
  readonly why: string;
  readonly started_at: string;
  readonly until: string;
  /** Null while the wait lasts, or when it was never finished. */
  readonly slept_ms: number | null;
  readonly how: string | null;
}

export interface CompactionHistory {
  readonly kind: "compaction";
  readonly started_at: string;
  readonly duration_ms: number | null;
  readonly failure: Failure | null;
}

export interface ProbeHistory {
  readonly kind: "probe";
  readonly at: string;
  readonly ok: boolean;
}

/** An event during a step that is worth a line. */
export interface NoteHistory {
  readonly kind: "note";
  readonly at: string;
  readonly text: string;
}

export type StepEntry = AttemptHistory | WaitHistory | CompactionHistory | ProbeHistory | NoteHistory;

/** One step with everything that happened in it, without its values. */
export interface StepHistory {
  readonly step: number;
  readonly node: string;
  readonly node_type: string;
  readonly visit: number;
  readonly started_at: string;
  readonly reads: readonly string[];
  readonly entries: readonly StepEntry[];
  readonly usage: Usage;
  readonly waited_ms: number;
  /** Null while the step is open, or when the user moved the run away from it. */
  readonly end: StepEnd | null;
}

export interface StepEnd {
  readonly at: string;
  readonly duration_ms: number;
  readonly next: string;
  readonly sources: Readonly<Record<string, Source>>;
  readonly defaulted: readonly string[];
  readonly failure: Failure | null;
  readonly branch: EventOf<"step.finished">["branch"] | null;
}

type StepEvent = Extract<JournalEvent, { step: number }>;

/**
 * Turns events into steps, one at a time and in bounded memory. `push` returns the step that the event ended, or that it
 * left open by starting another one. `open` returns the current step.
 */
export function createHistory(): {
  push(event: JournalEvent): StepHistory | undefined;
  open(): StepHistory | undefined;
} {
  let current: StepHistory | undefined;
  return {
    open: () => current,
    push: (event) => {
      if (event.type === "step.started") {
        const left = current;
        current = begin(event);
        return left;
      }
      if (current === undefined) return undefined;
      if (!isOfStep(event)) {
        current = { ...current, entries: [...current.entries, ...noteOf(event)] };
        return undefined;
      }
      current = withEvent(current, event);
      if (event.type !== "step.finished") return undefined;
      const ended = current;
      current = undefined;
      return ended;
    },
  };
}

const begin = (event: Extract<JournalEvent, { type: "step.started" }>): StepHistory => ({
  step: event.step,
  node: event.node,
  node_type: event.node_type,
  visit: event.visit,
  started_at: event.at,
  reads: event.reads,
  entries: event.missing.length === 0 ? [] : [note(event.at, `rendered empty: ${event.missing.join(", ")}`)],
  usage: {},
  waited_ms: 0,
  end: null,
});

const isOfStep = (event: JournalEvent): event is StepEvent => "step" in event && event.step !== undefined;

const note = (at: string, text: string): NoteHistory => ({ kind: "note", at, text });

/** Notes for events of the whole run while a step was open. */
function noteOf(event: JournalEvent): readonly NoteHistory[] {
  switch (event.type) {
    case "run.resumed":
      return [note(event.at, `the run was resumed${editedNote(event.workflow.changes)}`)];
    case "run.interrupted":
      return [note(event.at, `the run was interrupted: ${event.message}`)];
    case "run.stopped":
      return [note(event.at, `the run was stopped: ${event.why}`)];
    case "backend.changed":
      return [note(event.at, `now driven by ${event.cli}`)];
    case "cursor.moved":
      return [note(event.at, `the run was moved to ${event.node} (--${event.why})`)];
    case "warning":
      return [note(event.at, event.message)];
    default:
      return [];
  }
}

const editedNote = (changes: readonly string[] = []): string =>
  changes.length === 0 ? "" : `; the workflow had been edited: ${changes.join(" ")}`;

function withEvent(step: StepHistory, event: StepEvent): StepHistory {
  const used = "usage" in event && event.usage !== undefined ? event.usage : {};
  const waited = event.type === "wait.finished" ? event.slept_ms : 0;
  const base = { ...step, usage: addUsage(step.usage, used), waited_ms: step.waited_ms + waited };
  const add = (entry: StepEntry): StepHistory => ({ ...base, entries: [...base.entries, entry] });
  switch (event.type) {
    case "attempt.started":
      return add(attemptStarted(event));
    case "attempt.finished":
    case "attempt.failed":
    case "attempt.interrupted":
      return { ...base, entries: changeLast(base.entries, "attempt", (entry) => endAttempt(entry, event)) };
    case "compact.started":
      return add({ kind: "compaction", started_at: event.at, duration_ms: null, failure: null });
    case "compact.finished": {
      const end = { duration_ms: event.duration_ms, failure: event.failure ?? null };
      return { ...base, entries: changeLast(base.entries, "compaction", (entry) => ({ ...entry, ...end })) };
    }
    case "wait.started":
      return add(waitStarted(event));
    case "wait.finished": {
      const end = { slept_ms: event.slept_ms, how: event.how };
      return { ...base, entries: changeLast(base.entries, "wait", (entry) => ({ ...entry, ...end })) };
    }
    case "probe.finished":
      return add({ kind: "probe", at: event.at, ok: event.ok });
    case "step.finished":
      return { ...base, end: stepEnd(event) };
    default:
      return { ...base, entries: [...base.entries, ...noteOf(event)] };
  }
}

const attemptStarted = (event: Extract<JournalEvent, { type: "attempt.started" }>): AttemptHistory => ({
  kind: "attempt",
  attempt: event.attempt,
  mode: event.mode,
  level: event.level ?? null,
  session: event.session?.number ?? null,
  started_at: event.at,
  result: "running",
  duration_ms: null,
  failure: null,
  usage: null,
  model: null,
});

type AttemptEnd = Extract<
  JournalEvent,
  { type: "attempt.finished" | "attempt.failed" | "attempt.interrupted" }
>;

const endAttempt = (entry: AttemptHistory, event: AttemptEnd): AttemptHistory => ({
  ...entry,
  result:
    event.type === "attempt.finished"
      ? "finished"
      : event.type === "attempt.failed"
        ? "failed"
        : "interrupted",
  duration_ms: event.type === "attempt.interrupted" ? event.ran_ms : event.duration_ms,
  failure: event.type === "attempt.failed" ? event.failure : null,
  usage: event.usage ?? null,
  model: ("model" in event ? event.model : undefined) ?? null,
});

const waitStarted = (event: Extract<JournalEvent, { type: "wait.started" }>): WaitHistory => ({
  kind: "wait",
  for: event.for,
  why: event.why,
  started_at: event.at,
  until: event.until,
  slept_ms: null,
  how: null,
});

const stepEnd = (event: Extract<JournalEvent, { type: "step.finished" }>): StepEnd => ({
  at: event.at,
  duration_ms: event.duration_ms,
  next: event.next,
  sources: event.sources,
  defaulted: event.defaulted ?? [],
  failure: event.failure ?? null,
  branch: event.branch ?? null,
});

/** Changes the newest entry of a kind: the entry that an ending event belongs to. */
function changeLast<K extends StepEntry["kind"]>(
  entries: readonly StepEntry[],
  kind: K,
  change: (entry: Extract<StepEntry, { kind: K }>) => StepEntry,
): readonly StepEntry[] {
  const index = entries.findLastIndex((entry) => entry.kind === kind);
  // The index was found by this very kind.
  return entries.map((entry, at) =>
    at === index ? change(entry as Extract<StepEntry, { kind: K }>) : entry,
  );
}
