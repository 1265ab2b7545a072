import type { Clock } from "../core/clock.ts";
import type { EventBody } from "../core/event.ts";
import type { FreeDisk, Journal, Listener } from "../core/ports.ts";
import type { Effect } from "./effect.ts";

/**
 * Does the one thing that an effect describes and returns what came of it as events. Never loops, never
 * retries; sleeps only for `wait`. When `signal` aborts it stops what it started, waits until it is gone
 * and returns an interruption (or, for `wait`, nothing).
 */
export type Perform = (effect: Effect, signal: AbortSignal) => Promise<readonly EventBody[]>;

export interface LoopPorts {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly perform: Perform;
  readonly listeners: readonly Listener[];
  /** Read together with the clock, before each decision. */
  readonly freeDisk?: () => readonly FreeDisk[];
}
