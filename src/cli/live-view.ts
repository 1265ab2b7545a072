import type { ActivityListener, Listener } from "../core/ports.ts";
import {
  EMPTY_VIEW,
  liveLines,
  type LiveView as ViewState,
  withActivity,
  withEvents,
} from "./live-view-lines.ts";
import { createScreen } from "./live-view-screen.ts";
import { progressLines, TIME_INDENT } from "./progress.ts";
import { type DrawingPlace, eraseLines, fittingLines, sizeOf } from "./redraw.ts";
import { harmless, styleFor } from "./style.ts";
import { wrap } from "./text-width.ts";

/** Progress on a terminal: lines that stay, and below them a block that is redrawn in place. */
export interface LiveView {
  readonly listener: Listener;
  readonly onActivity: ActivityListener;
  /** Prints a line above the block. */
  say(message: string): void;
  /** Removes the block. Resolves when everything is written. Call it before anything else prints. */
  close(): Promise<void>;
}

const REDRAW_EVERY_MS = 1000;
/** Tool calls can come in bursts; nobody can read more than a few redraws a second. */
const REDRAW_SOON_MS = 80;
const STDERR = 2;

/**
 * Draws on stderr. The cursor stays visible, at the start of the line below the block: even after SIGKILL the terminal is
 * usable.
 */
export function openLiveView({ output, environment }: DrawingPlace): LiveView {
  const screen = createScreen(STDERR);
  const style = styleFor({ isTerminal: true, environment });
  let view = EMPTY_VIEW;
  let drawn: readonly string[] = [];
  const draw = (above: readonly string[]) => {
    const { columns, rows } = sizeOf(output);
    const block = liveLines(view, { nowMs: Date.now(), columns: columns - 1, style });
    const lines = fittingLines(block, rows - 1, columns);
    const said = above.flatMap((line) => wrap(line, { columns, indent: TIME_INDENT }));
    screen.write(`${eraseLines(drawn, columns)}${[...said, ...lines].map((line) => `${line}\n`).join("")}`);
    drawn = lines;
  };
  const redraw = () => {
    if (!screen.isBusy()) draw([]);
  };
  const timers = startTimers(redraw);
  const show = (next: ViewState, above: readonly string[]) => {
    view = next;
    if (above.length > 0) draw(above.map(harmless));
    else timers.soon();
  };
  return {
    listener: (events, state) => show(withEvents(view, events, state), progressLines(events, state)),
    onActivity: (activity) => show(withActivity(view, activity, Date.now()), []),
    say: (message) => show(view, [message]),
    close: () => {
      timers.stop();
      view = EMPTY_VIEW;
      draw([]);
      return screen.drained();
    },
  };
}

/** Redraws every second for the clocks, and shortly after each event. The timers do not keep the process alive. */
function startTimers(redraw: () => void) {
  const every = setInterval(redraw, REDRAW_EVERY_MS).unref();
  let pending: NodeJS.Timeout | undefined;
  const soon = () => {
    pending ??= setTimeout(() => {
      pending = undefined;
      redraw();
    }, REDRAW_SOON_MS).unref();
  };
  return {
    soon,
    stop: () => {
      clearInterval(every);
      clearTimeout(pending);
    },
  };
}
