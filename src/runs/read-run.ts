import type { JournalEvent } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import { checkRunDirectory } from "../store/check-run-directory.ts";
import type { FileSystem } from "../store/file-system.ts";
import { systemFiles } from "../store/files.ts";
import { type JournalEnd, readJournal } from "../store/journal-reader.ts";
import { readSnapshot, type Snapshot } from "../store/snapshot.ts";
import { reduce } from "../engine/reduce/reduce-run.ts";

/** What a run directory says. */
export interface ReadResult {
  readonly state: RunState;
  readonly end: JournalEnd;
  /** Undefined where the whole journal was read. */
  readonly snapshot: Snapshot | undefined;
}

interface ReadRun {
  /** Told of every event after the snapshot with the state after it: what a kill may have left without its views. */
  readonly visit?: (event: JournalEvent, state: RunState) => void;
  /** Looks at the bytes before the snapshot as well, which takes about a millisecond a megabyte. */
  readonly verify?: boolean;
  readonly files?: FileSystem;
}

/**
 * The state of a run as its directory tells it: the snapshot plus the tail of the journal, or the whole journal.
 * Changes nothing, so it also serves commands that only look.
 * @throws UsageError when the journal is missing, damaged, has lost events or is of a newer format.
 */
export function readRun(runDir: string, options: ReadRun = {}): ReadResult {
  const { visit, verify = false, files = systemFiles } = options;
  checkRunDirectory(runDir, files);
  const snapshot = readSnapshot({ runDir, verify, files });
  let state = snapshot?.state;
  const end = readJournal({
    runDir,
    files,
    ...(snapshot && { from: snapshot.position }),
    visit: (event) => {
      state = reduce(state, event);
      visit?.(event, state);
    },
  });
  if (state === undefined) throw new Error(`The journal in ${runDir} is sound but empty.`);
  return { state, end, snapshot };
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
