import type { JournalEvent, StampedEvent } from "../core/event.ts";
import type { Journal, Listener } from "../core/ports.ts";
import type { RunState } from "../core/run-state.ts";
import type { Collected } from "./collect.ts";

/** Events that are in the state but not durable yet. */
export interface Batch {
  /** The number of events. */
  readonly length: () => number;
  readonly add: (collected: Collected) => void;
  /** Makes the events durable in one write, then calls the listeners. Does nothing when there are no events. */
  readonly commit: () => Promise<void>;
}

interface CreateBatch {
  readonly journal: Journal;
  readonly listeners: readonly Listener[];
  /** The opening events of the first batch, with the state after them. */
  readonly opening: Collected;
}

export function createBatch({ journal, listeners, opening }: CreateBatch): Batch {
  let events: StampedEvent[] = [...opening.events];
  let stops: Stop[] = [{ at: events.length, state: opening.state }];
  const add = (collected: Collected) => {
    events.push(...collected.events);
    stops.push({ at: events.length, state: collected.state });
  };
  const commit = async () => {
    if (events.length === 0) return;
    const written = await journal.append(events);
    const parts = partsOf(written, stops);
    [events, stops] = [[], []];
    for (const part of parts) for (const listener of listeners) listener(part.events, part.state);
  };
  return { length: () => events.length, add, commit };
}

/** A position in the batch and the state there. */
interface Stop {
  readonly at: number;
  readonly state: RunState;
}

/** A batch can hold several steps. Listeners receive each step separately, with the state at its end. */
function partsOf(
  written: readonly JournalEvent[],
  stops: readonly Stop[],
): readonly { readonly events: readonly JournalEvent[]; readonly state: RunState }[] {
  const ends = stops.filter(({ at }, index) => index === stops.length - 1 || endsStep(written[at - 1]));
  return ends.flatMap(({ at, state }, index) => {
    const events = written.slice(ends[index - 1]?.at ?? 0, at);
    return events.length === 0 ? [] : [{ events, state }];
  });
}

const endsStep = (event: JournalEvent | undefined): boolean => event?.type === "step.finished";
