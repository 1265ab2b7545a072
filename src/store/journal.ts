import { dirname } from "node:path";
import type { JournalEvent, StampedEvent } from "../core/event.ts";
import { UsageError } from "../core/failure.ts";
import { LeaseLost, StorageFailure, type Journal } from "../core/ports.ts";
import { writeAll, writeFileAtomic } from "./atomic-file.ts";
import { openBlobs, type BlobStore } from "./blobs.ts";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { syncDirectory, systemFiles } from "./files.ts";
import { encodeLine } from "./journal-line.ts";
import { JOURNAL_START, type JournalEnd, type JournalPosition } from "./journal-reader.ts";
import { cutJournal } from "./journal-cut.ts";
import { onlyOutdatedLines } from "./outdated-lines.ts";
import { runLayout } from "./layout.ts";

/** The journal of one run, opened by its holder. */
export interface StoredJournal extends Journal {
  /** The end of the durable part. */
  position(): JournalPosition;
  close(): void;
}

interface WriterOptions {
  readonly runDir: string;
  /** Whether this process still holds the run; called before and after each append. */
  readonly stillHeld: () => boolean;
  readonly files?: FileSystem;
}

/**
 * Creates the run directory and, durably, its journal with the first batch in it. After a kill either no journal exists
 * or it holds all of `first`.
 */
export function createJournal({
  first,
  ...options
}: WriterOptions & { readonly first: readonly StampedEvent[] }): {
  readonly journal: StoredJournal;
  readonly events: readonly JournalEvent[];
} {
  const { runDir, files = systemFiles } = options;
  const layout = runLayout(runDir);
  if (files.exists(layout.journal)) throw new Error(`there is a journal already: ${layout.journal}`);
  refuseLostJournal(runDir, files);
  files.makeDirectory(layout.steps);
  syncDirectory(files, dirname(runDir));
  const blobs = openBlobs(runDir, files);
  const batch = encodeBatch({ events: first, last: JOURNAL_START, lease: 1, blobs });
  writeFileAtomic({ path: layout.journal, content: batch.bytes, durable: true, files });
  return { journal: openAt({ ...options, files }, batch.end, 1), events: batch.events };
}

/** A run's other files without a journal mean that the journal was lost. A new journal would hide that. */
export function refuseLostJournal(runDir: string, files: FileSystem = systemFiles): void {
  const { journal, checkpoint, runJson } = runLayout(runDir);
  if (files.exists(journal)) return;
  const left = [checkpoint, runJson].find((path) => files.exists(path));
  if (left === undefined) return;
  throw new UsageError(`The run in ${runDir} has lost its journal (journal.jsonl); ${left} is still there.`, {
    details: [
      "Nothing was changed.",
      "Bring the journal back, or start over with `--fresh`, which archives what is left.",
    ],
  });
}

/**
 * Opens the journal for the next holder of the run; its lease is one higher than the last. `end` is what `readJournal`
 * returned. Cuts off a torn tail and keeps it beside the journal.
 */
export function openJournal({
  end,
  ...options
}: WriterOptions & { readonly end: JournalEnd }): StoredJournal {
  const files = options.files ?? systemFiles;
  if (end.torn !== null) cutJournal({ runDir: options.runDir, offset: end.offset, files });
  return openAt({ ...options, files }, end, end.lease + 1);
}

function openAt(
  { runDir, stillHeld, files }: WriterOptions & { readonly files: FileSystem },
  start: JournalPosition,
  lease: number,
): StoredJournal {
  const file = files.open(runLayout(runDir).journal, "append");
  const blobs = openBlobs(runDir, files);
  let position = start;
  /** Once this is set, the process must not write another byte. */
  let ended: Error | undefined;
  let appending = false;

  const append = async (stamped: readonly StampedEvent[]): Promise<readonly JournalEvent[]> => {
    if (stamped.length === 0) return [];
    if (ended !== undefined) throw ended;
    if (appending) throw new Error("append was called again before the last one was done");
    appending = true;
    try {
      if (!stillHeld()) throw leaseLost(file.path, "the lock is held by another process");
      position = verifyEnd({ file, position, lease, files });
      const batch = encodeBatch({ events: stamped, last: position, lease, blobs });
      writeOrCutBack({ file, bytes: batch.bytes, offset: position.offset, stillHeld });
      await syncOrEnd(file);
      // If this process was frozen after the first check, another holder ignores these lines. Act on nothing until the
      // second check.
      if (!stillHeld()) throw leaseLost(file.path, "the lock was lost during a write");
      position = batch.end;
      return batch.events;
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof UnusableJournal) ended = error;
      throw error;
    } finally {
      appending = false;
    }
  };
  const close = () => {
    if (ended instanceof ClosedJournal) return;
    ended = new ClosedJournal(`${file.path} is closed already`);
    file.close();
  };
  return { append, position: () => position, close };
}

interface Batch {
  readonly events: readonly StampedEvent[];
  readonly last: JournalPosition;
  readonly lease: number;
  readonly blobs: BlobStore;
}

function encodeBatch({ events, last, lease, blobs }: Batch) {
  const batch = last.seq + 1;
  const written: JournalEvent[] = [];
  let { sum } = last;
  let text = "";
  for (const { seq, lease: stampedLease, at, ...rest } of events) {
    if (seq !== batch + written.length || stampedLease !== lease) {
      throw new Error(
        `event ${seq} of lease ${stampedLease} was to be written as event ${batch + written.length} of lease ${lease}`,
      );
    }
    const event: JournalEvent = { seq, batch, lease, at, ...rest };
    const line = encodeLine(event, blobs);
    text += line.text;
    sum = line.sum;
    written.push(event);
  }
  const bytes = Buffer.from(text, "utf8");
  const end = { offset: last.offset + bytes.length, seq: last.seq + written.length, lease, sum };
  return { bytes, events: written, end };
}

/** The file must end where this process left it. Skips lines that an older holder appended: they do not count. */
function verifyEnd({ file, position, lease, files }: ExpectedEnd): JournalPosition {
  const { sizeBytes, links } = file.stat();
  if (links === 0) {
    throw new UnusableJournal(
      `${file.path} was removed while its run was going on; nothing more is written.`,
      { wayOut: "Bring it back, or start over with `--fresh`, which archives what is left." },
    );
  }
  if (sizeBytes === position.offset) return position;
  const passed = onlyOutdatedLines({ path: file.path, position, sizeBytes, lease, files });
  if (passed === undefined) throw leaseLost(file.path, `it has ${sizeBytes} bytes, not ${position.offset}`);
  return passed;
}

interface ExpectedEnd {
  readonly file: OpenFile;
  readonly position: JournalPosition;
  readonly lease: number;
  readonly files: FileSystem;
}

/** Appends all bytes or none: cuts off again what a full disk took. */
function writeOrCutBack({ file, bytes, offset, stillHeld }: WriteBatch): void {
  try {
    writeAll(file, bytes);
  } catch (error) {
    if (!stillHeld()) throw leaseLost(file.path, "the lock was lost during a write");
    cutBack(file, offset, error);
    throw error;
  }
}

interface WriteBatch {
  readonly file: OpenFile;
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly stillHeld: () => boolean;
}

function cutBack(file: OpenFile, offset: number, cause: unknown): void {
  try {
    if (file.stat().sizeBytes > offset) file.truncate(offset);
  } catch (error) {
    throw new UnusableJournal(
      `${file.path} took only a part of a write, and that part could not be cut off again.`,
      {
        wayOut: "Check the disk, then start the same command again; it cuts that part off and goes on.",
        cause: new AggregateError([cause, error]),
      },
    );
  }
}

/**
 * After a failed fdatasync the content of the disk is unknown, and a second fdatasync may wrongly succeed. So the first
 * failure ends the journal.
 */
async function syncOrEnd(file: OpenFile): Promise<void> {
  try {
    await file.syncData();
  } catch (error) {
    throw new UnusableJournal(`${file.path} could not be made durable, so nothing more is written to it.`, {
      wayOut:
        "Check the disk, then start the same command again; the run goes on from its last durable event.",
      cause: error,
    });
  }
}

class ClosedJournal extends Error {}

/** A storage failure after which this process must never append again. */
class UnusableJournal extends StorageFailure {}

const leaseLost = (path: string, why: string): LeaseLost =>
  new LeaseLost(
    `Another process has taken over this run (${path}: ${why}). This one stops and writes nothing more.`,
  );
