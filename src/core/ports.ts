import type { JournalEvent, StampedEvent } from "./event.ts";
import type { RunState } from "./run-state.ts";

/**
 * The journal of one run as the loop sees it. One writer at a time: the holder of the lease.
 */
export interface Journal {
  /**
   * Appends the events as one batch (it sets `batch` to the first seq) and resolves when they are durable. The caller
   * has stamped them: seq goes on without a gap from the last line, `at` is when it happened. Throws `LeaseLost` when
   * another holder took over, `StorageFailure` when the disk refuses; then nothing of the batch counts.
   */
  append(events: readonly StampedEvent[]): Promise<readonly JournalEvent[]>;
}

/**
 * Told of durable events in their order, with the state after the last of them; the end of a step is always a last one.
 * Must not throw, must not keep the loop waiting.
 */
export type Listener = (events: readonly JournalEvent[], state: RunState) => void;

/** What an agent is seen to do while its turn runs. For display only: it is not journaled, and may be missing or repeated. */
export type AgentActivity =
  | { readonly kind: "tool_started"; readonly id: string; readonly name: string; readonly argument: string }
  | { readonly kind: "tool_ended"; readonly id: string; readonly output: string }
  | { readonly kind: "said"; readonly text: string }
  /** Why the turn failed, in the words of its CLI. */
  | { readonly kind: "failed"; readonly text: string }
  /** Tokens so far, roughly, of the part of the turn that `id` names; replaces what was said of it before. */
  | { readonly kind: "tokens_used"; readonly id: string; readonly tokens: number };

/** Told of what the running turn does; must return at once. What it throws is dropped: a turn does not depend on who looks. */
export type ActivityListener = (activity: AgentActivity) => void;

/** A reading of a file system. */
export interface FreeDisk {
  readonly path: string;
  readonly freeBytes: number;
}

/** Another process has taken the run over: stop at once and write nothing more. */
export class LeaseLost extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "LeaseLost";
  }
}

/** The run directory cannot be written (full, read-only, failing): stop cleanly, resumable. The message has the way out. */
export class StorageFailure extends Error {
  /** What happened and where, for a place that goes on without the write. */
  readonly what: string;

  constructor(what: string, { wayOut, cause }: StorageFailureOptions) {
    super(`${what} ${wayOut}`, cause === undefined ? undefined : { cause });
    this.name = "StorageFailure";
    this.what = what;
  }
}

interface StorageFailureOptions {
  /** What a person does about it: whole sentences. */
  readonly wayOut: string;
  readonly cause?: unknown;
}
