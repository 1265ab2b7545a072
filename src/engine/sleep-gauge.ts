import type { Clock } from "../core/clock.ts";
import type { EventBody } from "../core/event.ts";
import type { Effect } from "./effect.ts";

/** Measures how long this process has slept in the open wait since its last event. No event has recorded that time yet. */
export interface SleepGauge {
  readonly sleptMs: () => number;
  /** Performs an effect and measures its time if it is a slice of a wait. */
  readonly during: <Result>(effect: Effect, performed: () => Promise<Result>) => Promise<Result>;
  /** Resets the time when one of the events belongs to the wait: that event records the time. */
  readonly note: (events: readonly EventBody[]) => void;
}

export function createSleepGauge(clock: Clock): SleepGauge {
  let sleptMs = 0;
  return {
    sleptMs: () => sleptMs,
    during: async (effect, performed) => {
      const startMs = clock.monotonic();
      const result = await performed();
      if (effect.kind === "wait") sleptMs += Math.max(0, clock.monotonic() - startMs);
      return result;
    },
    note: (events) => {
      if (events.some(({ type }) => type.startsWith("wait."))) sleptMs = 0;
    },
  };
}
