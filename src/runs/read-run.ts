import type { JournalEvent } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import { checkRunDirectory } from "../store/check-run-directory.ts";
import type { FileSystem } from "../store/file-system.ts";
import { systemFiles } from "../store/files.ts";
import { type JournalEnd, readJournal } from "../store/journal-reader.ts";
import { readSnapshot, type Snapshot } from "../store/snapshot.ts";
import { reduce } from "../engine/reduce/reduce-run.ts";

/** The content of a run directory. */
export interface ReadResult {
  readonly state: RunState;
  readonly end: JournalEnd;
  /** Undefined when the whole journal was read. */
  readonly snapshot: Snapshot | undefined;
}

interface ReadRun {
  /** Receives every event after the snapshot, with the state after it. A kill may have prevented their views. */
  readonly visit?: (event: JournalEvent, state: RunState) => void;
  /** Also checks the journal before the snapshot, which takes about one millisecond per megabyte. */
  readonly verify?: boolean;
  readonly files?: FileSystem;
}

/**
 * Reads the state of a run from the snapshot and the rest of the journal, or from the whole journal. Changes nothing, so
 * read-only commands use it too.
 * @throws UsageError when the journal is missing, is damaged, has lost events or has a newer format.
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

/** The state just before the newest visit of a node; undefined when it was never visited. */
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
