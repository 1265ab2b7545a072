import type { JournalEvent } from "../core/event.ts";
import type { JsonObject } from "../core/json.ts";
import type { Listener } from "../core/ports.ts";
import type { RunState } from "../core/run-state.ts";
import type { Notifier } from "../process/notify.ts";

/** Passes announcements to the notifier. */
export const announcer =
  (notifier: Notifier): Listener =>
  (events, state) => {
    for (const message of announcements(events, state)) notifier.notify(message);
  };

/** A message to a user who is away from the terminal. */
export interface Announcement extends JsonObject {
  readonly kind: "parked" | "stopped" | "interrupted" | "finished" | "defaulted";
  readonly run: string;
}

/**
 * The announcements for a batch of events: a park once per outage and reason, every end of the run, and every step that
 * took its author's defaults. Pure.
 */
export function announcements(events: readonly JournalEvent[], state: RunState): readonly Announcement[] {
  return events.flatMap((event) => {
    const kind = kindOf(event, state);
    if (kind === undefined) return [];
    const { name, run_id, uuid, run_dir } = state;
    const labels = event.labels === undefined ? {} : { labels: event.labels };
    return [
      { kind, run: `${name}-${run_id}`, uuid, run_dir, ...labels, at: event.at, event: eventFacts(event) },
    ];
  });
}

function kindOf(event: JournalEvent, state: RunState): Announcement["kind"] | undefined {
  switch (event.type) {
    case "wait.started":
      return event.for === "park" && isNewPark(state) ? "parked" : undefined;
    case "step.finished":
      return event.defaulted === undefined ? undefined : "defaulted";
    case "run.stopped":
      return "stopped";
    case "run.interrupted":
      return "interrupted";
    case "run.finished":
      return "finished";
    default:
      return undefined;
  }
}

const isNewPark = ({ open }: RunState): boolean =>
  open?.phase.kind === "waiting" && open.phase.wait.is_news === true;

/** The event as JSON without its outputs, which can be large. The run directory has them. */
function eventFacts(event: JournalEvent): JsonObject {
  const { outputs: _outputs, set: _set, ...facts } = { outputs: undefined, set: undefined, ...event };
  // Events are JSON by their schema; the round trip drops what is undefined.
  return JSON.parse(JSON.stringify(facts)) as JsonObject;
}
