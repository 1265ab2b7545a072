import type { Backend } from "../backends/backend.ts";
import type { ActivityListener } from "../core/ports.ts";
import type { Activity } from "../process/activity-clock.ts";

interface Watched {
  readonly backend: Backend;
  readonly onActivity?: ActivityListener;
}
type Push = (line: string) => Activity;

/** Longer lines carry whole files; reading them a second time only to show a name is not worth it. */
const MAX_SHOWN_LINE_CHARACTERS = 256 * 1024;

/** The reader of a turn's stream, which also tells whoever looks which tools are called. The turn never notices. */
export function watchTools(push: Push, { backend, onActivity }: Watched): Push {
  if (onActivity === undefined) return push;
  return (line) => {
    const activity = push(line);
    if (line.length <= MAX_SHOWN_LINE_CHARACTERS) tell(backend.toolActivity(line), onActivity);
    return activity;
  };
}

function tell(activities: ReturnType<Backend["toolActivity"]>, onActivity: ActivityListener): void {
  try {
    for (const activity of activities) onActivity(activity);
  } catch {
    // The contract of ActivityListener: what a display cannot show must not cost a turn.
  }
}
