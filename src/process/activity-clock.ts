import type { StoppedBy } from "../core/process-end.ts";

/** What a line of output says about where the turn stands; the reader of the stream tells. */
export interface Activity {
  /** The model said or did something; noise (banners, retries, warnings) moves no clock. */
  readonly model: boolean;
  /** The turn is over as far as the program is concerned: it should end by itself now. */
  readonly final: boolean;
  /** Tool calls that are running now. */
  readonly openTools: number;
}

export interface ClockLimits {
  /** From the start to the first sign of the model. */
  readonly firstEventMs?: number;
  /** Without a sign of the model, after the first. */
  readonly idleMs?: number;
  /** The same while a tool is open; no limit when absent. */
  readonly openToolIdleMs?: number;
  /** The whole turn. */
  readonly turnMs: number;
  /** From the final event to the exit. */
  readonly graceAfterFinalMs?: number;
}

export type ClockReason = Exclude<StoppedBy, "abort">;

export interface ActivityClock {
  note(activity: Activity, nowMs: number): void;
  /** The clock that runs out next and when: the reason to stop once that time has come. */
  next(): { readonly reason: ClockReason; readonly atMs: number };
  /** When the model last gave a sign; undefined when it never did. */
  lastActivityMs(): number | undefined;
}

/** The clocks of one turn, a pure function of what was noted when; all times are of one monotonic clock. */
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
