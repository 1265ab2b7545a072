import type { Backend, Turn } from "../backends/backend.ts";
import type { ActivityListener, AgentActivity } from "../core/ports.ts";
import type { Activity } from "../process/activity-clock.ts";

interface Watched {
  readonly backend: Backend;
  readonly onActivity?: ActivityListener;
}

/** A turn's stream with somebody looking on. */
export interface WatchedStream {
  readonly push: (line: string) => Activity;
  /** Nothing is told after this: what the turn has used is then known exactly. */
  close(): void;
}

/** Longer lines carry whole files; reading them a second time only to show a name is not worth it. */
const MAX_SHOWN_LINE_CHARACTERS = 256 * 1024;
/** The file is written a little after the stream, and bursts of lines need only one look. */
const SESSION_LOOK_MS = 1000;

/** The reader of a turn's stream, which also tells whoever looks what the agent does. The turn never notices. */
export function watchActivity(turn: Turn, { backend, onActivity }: Watched): WatchedStream {
  if (onActivity === undefined) return { push: turn.push, close: () => undefined };
  let isOpen = true;
  const tell = (activities: readonly AgentActivity[]) => {
    if (isOpen) tellAll(activities, onActivity);
  };
  const session = sessionLook(turn, tell);
  return {
    push: (line) => {
      const activity = turn.push(line);
      if (line.length <= MAX_SHOWN_LINE_CHARACTERS) tell(backend.activityIn(line));
      session.soon();
      return activity;
    },
    close: () => {
      isOpen = false;
      session.stop();
    },
  };
}

function tellAll(activities: readonly AgentActivity[], onActivity: ActivityListener): void {
  try {
    for (const activity of activities) onActivity(activity);
  } catch {
    // The contract of ActivityListener: what a display cannot show must not cost a turn.
  }
}

/** Looks at the tokens in the session file soon after the stream said something, one look at a time. */
function sessionLook({ tokensSoFar }: Turn, tell: (told: readonly AgentActivity[]) => void) {
  let pending: NodeJS.Timeout | undefined;
  const look = async () => {
    try {
      const tokens = await tokensSoFar?.();
      if (tokens !== undefined) tell([{ kind: "tokens_used", id: "session", tokens }]);
    } catch {
      // A session that cannot be read yet is looked at again after a later line.
    } finally {
      pending = undefined;
    }
  };
  return {
    soon: (): void => {
      if (tokensSoFar !== undefined) pending ??= setTimeout(() => void look(), SESSION_LOOK_MS).unref();
    },
    stop: (): void => clearTimeout(pending),
  };
}
