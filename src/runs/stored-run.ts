import { existsSync, statSync } from "node:fs";
import { UsageError } from "../core/failure.ts";
import type { JournalEvent } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import { checkDirectory, checkRunDirectory } from "../store/check-run-directory.ts";
import type { FileSystem } from "../store/file-system.ts";
import { systemFiles } from "../store/files.ts";
import { refuseLostJournal } from "../store/journal.ts";
import { runLayout } from "../store/layout.ts";
import { type ReadResult, readRun } from "./read-run.ts";

/** A run directory as a start has read it before it takes the lock. */
export interface StoredRun extends ReadResult {
  /** The version of the journal that was read. */
  readonly version: string;
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
  const version = journalVersion(runDir); // first, so that a write during the read counts as a change
  const tail = collectTail();
  const read = readRun(runDir, { ...options, visit: tail.add });
  return { ...read, version, tail: tail.all() };
}

/**
 * The run under the lock: as it was read before, unless its journal has been written to, cut back or replaced since. Then the
 * directory is read and verified again. @throws what `readRun` throws.
 */
export function readAgain(runDir: string, stored: StoredRun, files: FileSystem): StoredRun {
  return journalVersion(runDir) === stored.version ? stored : readWithTail(runDir, { verify: true, files });
}

/** Changes with every write to the journal, and when another file takes its place. */
function journalVersion(runDir: string): string {
  const { ino, size, mtimeNs, ctimeNs } = statSync(runLayout(runDir).journal, { bigint: true });
  return [ino, size, mtimeNs, ctimeNs].join("/");
}

/** Far more events than two snapshots have between them, but few enough to keep in memory. */
const LONGEST_TAIL = 20_000;

function collectTail() {
  const events: TailEvent[] = [];
  let isTooLong = false;
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
