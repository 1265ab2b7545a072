import type { Backend, Turn } from "../backends/backend.ts";
import type { ActivityListener, AgentActivity } from "../core/ports.ts";
import type { Activity } from "../process/activity-clock.ts";

interface Watched {
  readonly backend: Backend;
  readonly onActivity?: ActivityListener;
}

/** A turn's stream with a display attached. */
export interface WatchedStream {
  readonly push: (line: string) => Activity;
  /** Ends the reports, because from here on the turn's exact usage is known. */
  close(): void;
}

/** Longer lines carry whole files; parsing them a second time only to show a name is not worth it. */
const MAX_SHOWN_LINE_CHARACTERS = 256 * 1024;
/** The session file is written a little after the stream, and one read serves a burst of lines. */
const SESSION_READ_DELAY_MS = 1000;

/** Reads a turn's stream and also reports the agent's activity to a display. The turn is not affected. */
export function watchActivity(turn: Turn, { backend, onActivity }: Watched): WatchedStream {
  if (onActivity === undefined) return { push: turn.push, close: () => undefined };
  let isOpen = true;
  const report = (activities: readonly AgentActivity[]) => {
    if (isOpen) reportAll(activities, onActivity);
  };
  const session = sessionReader(turn, report);
  return {
    push: (line) => {
      const activity = turn.push(line);
      if (line.length <= MAX_SHOWN_LINE_CHARACTERS) report(backend.activityIn(line));
      session.soon();
      return activity;
    },
    close: () => {
      isOpen = false;
      session.stop();
    },
  };
}

function reportAll(activities: readonly AgentActivity[], onActivity: ActivityListener): void {
  try {
    for (const activity of activities) onActivity(activity);
  } catch {
    // The contract of ActivityListener: an error of the display must not cost a turn.
  }
}

/** Reads the tokens from the session file soon after new output, one read at a time. */
function sessionReader({ tokensSoFar }: Turn, report: (told: readonly AgentActivity[]) => void) {
  let pending: NodeJS.Timeout | undefined;
  const read = async () => {
    try {
      const tokens = await tokensSoFar?.();
      if (tokens !== undefined) report([{ kind: "tokens_used", id: "session", tokens }]);
    } catch {
      // The session cannot be read yet; a later line triggers the next read.
    } finally {
      pending = undefined;
    }
  };
  return {
    soon: (): void => {
      if (tokensSoFar !== undefined) pending ??= setTimeout(() => void read(), SESSION_READ_DELAY_MS).unref();
    },
    stop: (): void => clearTimeout(pending),
  };
}
