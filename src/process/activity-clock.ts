import type { StoppedBy } from "../core/process-end.ts";

/** What a line of output says about the progress of a turn, as reported by the reader of the stream. */
export interface Activity {
  /** The model said or did something. Noise (banners, retries, warnings) resets no clock. */
  readonly model: boolean;
  /** The program reported the end of its turn, so it should exit by itself now. */
  readonly final: boolean;
  /** Tool calls that are running. */
  readonly openTools: number;
}

export interface ClockLimits {
  /** Limit from the start to the model's first activity. */
  readonly firstEventMs?: number;
  /** Limit for silence of the model after its first activity. */
  readonly idleMs?: number;
  /** The same while a tool runs; unlimited when absent. */
  readonly openToolIdleMs?: number;
  /** Limit for the whole turn. */
  readonly turnMs: number;
  /** Limit from the final event to the exit. */
  readonly graceAfterFinalMs?: number;
}

export type ClockReason = Exclude<StoppedBy, "abort">;

export interface ActivityClock {
  note(activity: Activity, nowMs: number): void;
  /** The clock that runs out next, and when; `reason` is why the process is stopped then. */
  next(): { readonly reason: ClockReason; readonly atMs: number };
  /** When the model was last active; undefined when it never was. */
  lastActivityMs(): number | undefined;
}

/** The clocks of one turn, as a pure function of the noted activity. All times are of one monotonic clock. */
export function createActivityClock(limits: ClockLimits, startMs: number): ActivityClock {
  let lastMs: number | undefined;
  let finalMs: number | undefined;
  let openTools = 0;

  function running(): readonly (readonly [ClockReason, number | undefined, number | undefined])[] {
    if (finalMs !== undefined) return [["grace", finalMs, limits.graceAfterFinalMs]];
    const turn = ["turn-clock", startMs, limits.turnMs] as const;
    if (lastMs === undefined) return [turn, ["first-event", startMs, limits.firstEventMs]];
    return [turn, ["silence", lastMs, openTools > 0 ? limits.openToolIdleMs : limits.idleMs]];
  }

  return {
    note(activity, nowMs) {
      if (activity.model || activity.openTools !== openTools) lastMs = nowMs;
      openTools = activity.openTools;
      finalMs = activity.final ? (finalMs ?? nowMs) : undefined;
    },
    next() {
      const due = running().map(([reason, fromMs = 0, limitMs = Infinity]) => ({
        reason,
        atMs: fromMs + limitMs,
      }));
      return due.reduce((soonest, clock) => (clock.atMs < soonest.atMs ? clock : soonest));
    },
    lastActivityMs: () => lastMs,
  };
}
