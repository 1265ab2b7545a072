import { formatDuration } from "../core/duration.ts";
import type { Listener } from "../core/ports.ts";
import type { OpenStep, RunState, WaitState } from "../core/run-state.ts";
import { remainingMs } from "../engine/decide/waits.ts";
import { timedLine } from "./progress.ts";
import { timeText } from "./status-lines.ts";

/** Nobody reads lines that come faster, and timers cannot be longer than 24 days. */
const SHORTEST_MS = 1000;
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Says every `everyMs` that the run still waits; never when that is 0. It has a timer of its own, because the journal hears
 * of an open wait every ten minutes at most. The timer keeps no process alive.
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
 * The same line for a run that is read: at the first tick that the journal has behind each `everyMs` of the wait. `before`
 * and `after` are the states around the tick.
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
