import type { EventBody, StampedEvent } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import { reduce } from "./reduce/reduce-run.ts";

/** Events that have their place and time, and the state that they lead to. */
export interface Collected {
  readonly state: RunState;
  readonly events: readonly StampedEvent[];
}

/** Stamps what happened at one moment, and takes it into the state. */
export function collect(state: RunState, bodies: readonly EventBody[], nowMs: number): Collected {
  let current = state;
  const events = bodies.map((body) => {
    const event = stamp(body, current, nowMs);
    current = reduce(current, event);
    return event;
  });
  return { state: current, events };
}

/** Gives an event its place and time; the events of a new holder begin with a higher lease. */
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

/** The node an event is about; nested graphs will make this a longer path. */
const pathOf = (state: RunState): string[] => [state.cursor];
