import type { Clock } from "../core/clock.ts";
import type { EventBody } from "../core/event.ts";
import type { Effect } from "./effect.ts";

/** What this process has slept in the open wait since its last event: a reading, like the time, since no event tells it yet. */
export interface SleepGauge {
  readonly sleptMs: () => number;
  /** Performs an effect, and counts its time when it is a slice of a wait. */
  readonly during: <Result>(effect: Effect, performed: () => Promise<Result>) => Promise<Result>;
  /** An event of the wait holds what was slept. */
  readonly note: (events: readonly EventBody[]) => void;
}

export function createSleepGauge(clock: Clock): SleepGauge {
  let sleptMs = 0;
  return {
    sleptMs: () => sleptMs,
    during: async (effect, performed) => {
      const begunMs = clock.monotonic();
      const result = await performed();
      if (effect.kind === "wait") sleptMs += Math.max(0, clock.monotonic() - begunMs);
      return result;
    },
    note: (events) => {
      if (events.some(({ type }) => type.startsWith("wait."))) sleptMs = 0;
    },
  };
}
