import { formatDuration } from "../core/duration.ts";
import type { Listener } from "../core/ports.ts";
import type { OpenStep, RunState, WaitState } from "../core/run-state.ts";
import { remainingMs } from "../engine/decide/waits.ts";
import { timedLine } from "./progress.ts";
import { timeText } from "./status-lines.ts";

/** More frequent lines are unreadable, and Node's timers cannot exceed 24 days. */
const SHORTEST_MS = 1000;
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Prints every `everyMs` that the run is still waiting; never if that is 0. It needs its own timer, because the journal gets
 * an event for an open wait only every ten minutes. The timer does not keep the process alive.
 */
export function createWaitReminder(everyMs: number, say: (line: string) => void): Listener {
  let shown: OpenWait | undefined;
  let timer: NodeJS.Timeout | undefined;
  const remind = () => {
    if (shown !== undefined) say(timedLine(new Date().toISOString(), stillWaiting(shown, Date.now())));
  };
  return (_, state) => {
    const waiting = openWait(state);
    const isSame = waiting?.wait.started_at === shown?.wait.started_at;
    shown = waiting;
    if (isSame) return;
    clearInterval(timer);
    if (waiting === undefined || everyMs <= 0) return;
    timer = setInterval(remind, Math.min(Math.max(everyMs, SHORTEST_MS), LONGEST_MS)).unref();
  };
}

interface OpenWait {
  readonly open: OpenStep;
  readonly wait: WaitState;
}

function openWait({ status, open }: RunState): OpenWait | undefined {
  if (status.kind !== "running" || open?.phase.kind !== "waiting") return undefined;
  return { open, wait: open.phase.wait };
}

const stillWaiting = ({ open, wait }: OpenWait, nowMs: number): string =>
  `#${open.step} still waiting (${wait.for}), ${formatDuration(Math.max(0, remainingMs(wait, nowMs)))} left, until ${timeText(wait.until)}`;

/**
 * Returns the same line for a recorded run, at the first tick in the journal after each `everyMs` of the wait. `before` and
 * `after` are the states before and after the tick.
 */
export function recordedReminder(
  before: RunState,
  after: RunState,
  { at, everyMs }: { readonly at: string; readonly everyMs: number },
): string | undefined {
  const [earlier, now] = [openWait(before), openWait(after)];
  if (now === undefined || everyMs <= 0) return undefined;
  const periods = (waiting: OpenWait | undefined) => Math.floor((waiting?.wait.slept_ms ?? 0) / everyMs);
  return periods(earlier) === periods(now) ? undefined : stillWaiting(now, Date.parse(at));
}
