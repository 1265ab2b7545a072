import type { Clock } from "../core/clock.ts";
import type { JournalEvent } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import type { Holder } from "../core/vocabulary.ts";
import { JOURNAL_START, type JournalPosition, readJournal } from "../store/journal-reader.ts";
import { isHeld } from "../store/lock.ts";
import { reduce } from "../engine/reduce/reduce-run.ts";

export interface FollowRun {
  readonly runDir: string;
  /** False: what there is now, and no more. */
  readonly follow: boolean;
  /** This process: `currentHolder()`. */
  readonly observer: Holder;
  readonly clock: Clock;
  readonly visit: (event: JournalEvent, state: RunState) => void;
  /** Told after each look at the journal; false ends the following. */
  readonly afterLook?: (state: RunState) => boolean;
}

const LOOK_EVERY_MS = 300;

/**
 * Tells of all events of a run, and with `follow` of those to come until nobody is at work on it any more.
 * Changes nothing. @throws UsageError for a damaged journal.
 */
export async function followRun(request: FollowRun): Promise<"ended" | "killed"> {
  const { runDir, follow, observer, clock, visit, afterLook = () => true } = request;
  let state: RunState | undefined;
  let position: JournalPosition = JOURNAL_START;
  for (;;) {
    // Asked before the look: what was written until the holder let go is read afterwards.
    const held = isHeld(runDir, observer);
    position = readJournal({
      runDir,
      from: position,
      visit: (event) => {
        state = reduce(state, event);
        visit(event, state);
      },
    });
    if (state === undefined) throw new Error(`The journal in ${runDir} is sound but empty.`);
    const continues = afterLook(state);
    if (state.status.kind !== "running") return "ended";
    if (!held) return "killed";
    if (!follow || !continues) return "ended";
    await clock.sleep(LOOK_EVERY_MS, NEVER);
  }
}

const NEVER = new AbortController().signal;
