import type { Clock } from "../core/clock.ts";
import type { EventBody } from "../core/event.ts";
import type { FreeDisk, Journal, Listener } from "../core/ports.ts";
import type { Effect } from "./effect.ts";

/**
 * Performs one effect and returns its result as events. Never loops or retries; sleeps only for `wait`. When `signal`
 * aborts, it stops the processes it started, waits until they are gone and returns an interruption (nothing for `wait`).
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
