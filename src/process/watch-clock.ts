import type { ActivityClock, ClockReason } from "./activity-clock.ts";

/** Longer timers fire at once in Node. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface ClockWatch {
  /** Call it after noting activity, because a clock may now run out sooner. */
  check(): void;
  end(): void;
}

/** Calls `onDue` once, when a clock runs out. */
export function watchClock(clock: ActivityClock, onDue: (reason: ClockReason) => void): ClockWatch {
  let armedForMs = Infinity;
  let timer: NodeJS.Timeout | undefined;

  function arm(): void {
    armedForMs = clock.next().atMs;
    clearTimeout(timer);
    timer = setTimeout(fire, Math.min(Math.max(0, armedForMs - performance.now()), MAX_TIMER_MS));
  }

  /** Activity may have moved the deadline; then the timer is set again. */
  function fire(): void {
    const { reason, atMs } = clock.next();
    if (atMs <= performance.now()) onDue(reason);
    else arm();
  }

  arm();
  return {
    check() {
      if (clock.next().atMs < armedForMs) arm();
    },
    end: () => clearTimeout(timer),
  };
}
