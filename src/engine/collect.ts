import type { EventBody, StampedEvent } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import { reduce } from "./reduce/reduce-run.ts";

/** Stamped events and the state after them. */
export interface Collected {
  readonly state: RunState;
  readonly events: readonly StampedEvent[];
}

/** Stamps events with the same time and reduces them into the state. */
export function collect(state: RunState, bodies: readonly EventBody[], nowMs: number): Collected {
  let current = state;
  const events = bodies.map((body) => {
    const event = stamp(body, current, nowMs);
    current = reduce(current, event);
    return event;
  });
  return { state: current, events };
}

/** Adds `seq`, `lease` and `at` to an event. run.resumed, a new holder's first event, raises the lease. */
function stamp(body: EventBody, state: RunState, nowMs: number): StampedEvent {
  return {
    seq: state.seq + 1,
    lease: body.type === "run.resumed" ? state.lease + 1 : state.lease,
    at: new Date(nowMs).toISOString(),
    path: pathOf(state),
    ...(Object.keys(state.labels).length > 0 && { labels: state.labels }),
    ...body,
  };
}

/** The path to the event's node; nested graphs will make it longer. */
const pathOf = (state: RunState): string[] => [state.cursor];
