import type { Clock } from "../core/clock.ts";
import type { JournalEvent } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import type { Holder } from "../core/vocabulary.ts";
import { JOURNAL_START, type JournalPosition, readJournal } from "../store/journal-reader.ts";
import { isHeld } from "../store/lock.ts";
import { reduce } from "../engine/reduce/reduce-run.ts";

export interface FollowRun {
  readonly runDir: string;
  /** False: read the events so far and return. */
  readonly follow: boolean;
  /** This process: `currentHolder()`. */
  readonly observer: Holder;
  readonly clock: Clock;
  readonly visit: (event: JournalEvent, state: RunState) => void;
  /** Called after each read of the journal. Ends the following when it returns false. */
  readonly afterRead?: (state: RunState) => boolean;
}

const POLL_MS = 300;

/**
 * Calls `visit` for all events of a run, and with `follow` also for new ones until no process holds the run any more.
 * Changes nothing. @throws UsageError for a damaged journal.
 */
export async function followRun(request: FollowRun): Promise<"ended" | "killed"> {
  const { runDir, follow, observer, clock, visit, afterRead = () => true } = request;
  let state: RunState | undefined;
  let position: JournalPosition = JOURNAL_START;
  for (;;) {
    // Checked before the journal is read: otherwise the last events of a holder that ends in between would be missed.
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
    const continues = afterRead(state);
    if (state.status.kind !== "running") return "ended";
    if (!held) return "killed";
    if (!follow || !continues) return "ended";
    await clock.sleep(POLL_MS, NEVER);
  }
}

const NEVER = new AbortController().signal;
