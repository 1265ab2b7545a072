import type { JournalEvent } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import { type JournalEnd, readJournal } from "../store/journal-reader.ts";
import { readSnapshot } from "../store/snapshot.ts";
import { reduce } from "./state.ts";

/**
 * The state of a run as its directory tells it: the snapshot plus the tail of the journal, or the whole journal.
 * Changes nothing, so it also serves commands that only look.
 * @throws UsageError when the journal is missing, damaged or of a newer format.
 */
export function readRun(runDir: string): { readonly state: RunState; readonly end: JournalEnd } {
  const snapshot = readSnapshot({ runDir });
  let state = snapshot?.state;
  const end = readJournal({
    runDir,
    ...(snapshot && { from: snapshot.position }),
    visit: (event) => {
      state = reduce(state, event);
    },
  });
  if (state === undefined) throw new Error(`The journal in ${runDir} is sound but empty.`);
  return { state, end };
}

/**
 * Tells of every event after the snapshot with the state after it: what a kill may have left without its views.
 * Returns where the journal ends.
 */
export function replayTail(
  runDir: string,
  visit: (event: JournalEvent, state: RunState) => void,
): JournalEnd {
  const snapshot = readSnapshot({ runDir });
  let state = snapshot?.state;
  return readJournal({
    runDir,
    ...(snapshot && { from: snapshot.position }),
    visit: (event) => {
      state = reduce(state, event);
      visit(event, state);
    },
  });
}

/** The state just before the newest visit of a node began; undefined when it was never visited. */
export function stateBeforeVisit(runDir: string, node: string): RunState | undefined {
  let state: RunState | undefined;
  let before: RunState | undefined;
  readJournal({
    runDir,
    visit: (event) => {
      if (event.type === "step.started" && event.node === node) before = state;
      state = reduce(state, event);
    },
  });
  return before;
}
