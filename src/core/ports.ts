import type { JournalEvent, StampedEvent } from "./event.ts";
import type { RunState } from "./run-state.ts";

/**
 * The journal of one run as the loop sees it. Only the holder of the lease writes.
 */
export interface Journal {
  /**
   * Appends the events as one batch, sets their `batch` to the first seq and resolves when they are durable. The caller
   * has set `at` and a `seq` that continues the last line's without a gap. Throws `LeaseLost` when another process has
   * taken the lease and `StorageFailure` when the write fails; no event of the batch counts then.
   */
  append(events: readonly StampedEvent[]): Promise<readonly JournalEvent[]>;
}

/**
 * Receives durable events in order, with the state after the last of them. A step.finished is always the last event of
 * a call, so the listener sees the state at the end of each step. Must not throw or block the loop.
 */
export type Listener = (events: readonly JournalEvent[], state: RunState) => void;

/** What an agent does while its turn runs. For display only: it is not journaled and may be missing or repeated. */
export type AgentActivity =
  | { readonly kind: "tool_started"; readonly id: string; readonly name: string; readonly argument: string }
  | { readonly kind: "tool_ended"; readonly id: string; readonly output: string }
  | { readonly kind: "said"; readonly text: string }
  /** Why the turn failed, in the words of its CLI. */
  | { readonly kind: "failed"; readonly text: string }
  /** Approximate tokens so far of the part of the turn named by `id`. Replaces the previous value for that `id`. */
  | { readonly kind: "tokens_used"; readonly id: string; readonly tokens: number };

/** Receives what the running turn does. Must return at once. Its exceptions are dropped, because display must not fail a turn. */
export type ActivityListener = (activity: AgentActivity) => void;

/** The free space of a file system. */
export interface FreeDisk {
  readonly path: string;
  readonly freeBytes: number;
}

/** Another process holds the run now: stop at once and write nothing more. */
export class LeaseLost extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "LeaseLost";
  }
}

/** The run directory cannot be written: the disk is full, read-only or failing. The run stops and can be resumed. */
export class StorageFailure extends Error {
  /** What happened and where, without the way out: for callers that continue without the write. */
  readonly what: string;

  constructor(what: string, { wayOut, cause }: StorageFailureOptions) {
    super(`${what} ${wayOut}`, cause === undefined ? undefined : { cause });
    this.name = "StorageFailure";
    this.what = what;
  }
}

interface StorageFailureOptions {
  /** What the user can do about it, in whole sentences. */
  readonly wayOut: string;
  readonly cause?: unknown;
}
