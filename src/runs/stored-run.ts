import { existsSync } from "node:fs";
import { UsageError } from "../core/failure.ts";
import type { JournalEvent } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import { reduce } from "../engine/reduce/reduce-run.ts";
import { checkDirectory, checkRunDirectory } from "../store/check-run-directory.ts";
import type { FileSystem } from "../store/file-system.ts";
import { systemFiles } from "../store/files.ts";
import { refuseLostJournal } from "../store/journal.ts";
import { type JournalEnd, readJournal } from "../store/journal-reader.ts";
import { runLayout } from "../store/layout.ts";
import { findMisfit } from "../store/snapshot-misfit.ts";
import { type ReadResult, readRun } from "./read-run.ts";

/** A run directory as a start has read it before it takes the lock. */
export interface StoredRun extends ReadResult {
  /** The events after the snapshot, each with the state after it; undefined when there are too many to keep in memory. */
  readonly tail: readonly TailEvent[] | undefined;
}

interface TailEvent {
  readonly event: JournalEvent;
  readonly state: RunState;
}

export const hasJournal = (runDir: string): boolean => existsSync(runLayout(runDir).journal);

/**
 * Reads an existing run; undefined when there is none. Checks everything that a start relies on, so a refused start never
 * takes the lock.
 * @throws UsageError for a damaged directory, unless the start repairs or replaces it.
 */
export function readStoredRun(
  runDir: string,
  { mayBeDamaged }: { readonly mayBeDamaged: boolean },
): StoredRun | undefined {
  try {
    checkRunDirectory(runDir, systemFiles);
    refuseLostJournal(runDir);
    if (!hasJournal(runDir)) return undefined;
    const stored = readWithTail(runDir, { verify: true });
    const { open } = stored.state;
    if (open !== null) checkDirectory(runLayout(runDir).stepDir(open.step, open.node), systemFiles);
    return stored;
  } catch (error) {
    if (mayBeDamaged && error instanceof UsageError) return undefined;
    throw error;
  }
}

/** Reads the run and keeps the events after its snapshot. @throws what `readRun` throws. */
export function readWithTail(
  runDir: string,
  options: { readonly verify?: boolean; readonly files?: FileSystem },
): StoredRun {
  const tail = collectTail([]);
  const read = readRun(runDir, { ...options, visit: tail.add });
  return { ...read, tail: tail.all() };
}

/**
 * Updates a run that was read earlier with what has been written since. Reads the whole journal if it was cut back or
 * replaced in the meantime. @throws what `readRun` throws.
 */
export function readAgain(runDir: string, stored: StoredRun, files: FileSystem): StoredRun {
  const isOther = findMisfit({ runDir, files, position: stored.end }) !== undefined;
  return isOther ? readWithTail(runDir, { files }) : readOn(runDir, stored, files);
}

function readOn(runDir: string, stored: StoredRun, files: FileSystem): StoredRun {
  let { state } = stored;
  const tail = collectTail(stored.tail);
  const end: JournalEnd = readJournal({
    runDir,
    files,
    from: stored.end,
    visit: (event) => {
      state = reduce(state, event);
      tail.add(event, state);
    },
  });
  return { ...stored, state, end, tail: tail.all() };
}

/** Far more events than two snapshots have between them, but few enough to keep in memory. */
const LONGEST_TAIL = 20_000;

function collectTail(earlier: readonly TailEvent[] | undefined) {
  const events = [...(earlier ?? [])];
  let isTooLong = earlier === undefined;
  const add = (event: JournalEvent, state: RunState) => {
    if (events.length < LONGEST_TAIL) events.push({ event, state });
    else isTooLong = true;
  };
  return { add, all: () => (isTooLong ? undefined : events) };
}

interface VisitTail {
  readonly visit: (event: JournalEvent, state: RunState) => void;
  readonly files: FileSystem;
}

/** Calls `visit` for every event after the snapshot, with the state after it. A kill may have prevented their views. */
export function visitTail(runDir: string, { tail }: StoredRun, { visit, files }: VisitTail): void {
  if (tail === undefined) readRun(runDir, { visit, files });
  else for (const { event, state } of tail) visit(event, state);
}
