import type { Envelope, JournalEvent } from "../core/event.ts";
import { UsageError } from "../core/failure.ts";
import { openBlobs, type BlobStore } from "./blobs.ts";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { systemFiles } from "./files.ts";
import { decodeLine, type DecodedLine } from "./journal-line.ts";
import { runLayout } from "./layout.ts";
import { countLines, readLines, type RawLine } from "./lines.ts";
import { unsealText } from "./sealed-text.ts";
import { errorCode } from "./storage-failure.ts";

/** A place between two lines of a journal, with what the reader must know of the lines before it. */
export interface JournalPosition {
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Number of the last event that counts. */
  readonly seq: number;
  readonly lease: number;
  /** Checksum of the line that ends here. */
  readonly sum: string;
}

export const JOURNAL_START: JournalPosition = { offset: 0, seq: 0, lease: 0, sum: "" };

/** Rest of a cut-off write after the last good line. Nobody has acted on it, because it was never reported durable. */
export interface TornTail {
  readonly offset: number;
  readonly found: string;
}

export interface JournalEnd extends JournalPosition {
  readonly torn: TornTail | null;
}

/** Damage before the last batch: `readJournal` reports it, `repairJournal` cuts it off. */
export interface Damage {
  readonly offset: number;
  readonly found: string;
}

/** Damage that a cut-off write cannot explain: exit 2, and `--repair` is the way out. */
export class DamagedJournal extends UsageError {
  readonly damage: Damage;
  readonly lastGood: JournalPosition;

  constructor(message: string, options: DamagedJournalOptions) {
    super(message, { details: options.details });
    this.name = "DamagedJournal";
    this.damage = options.damage;
    this.lastGood = options.lastGood;
  }
}

interface DamagedJournalOptions {
  readonly details: readonly string[];
  readonly damage: Damage;
  readonly lastGood: JournalPosition;
}

export interface ReadJournal {
  readonly runDir: string;
  /** Where to start reading; by default the start of the journal. */
  readonly from?: JournalPosition;
  /** Receives each event that counts, in order. An older holder's event after a newer holder's does not count. */
  readonly visit: (event: JournalEvent) => void;
  readonly files?: FileSystem;
}

/**
 * Reads a journal in bounded memory and returns where it ends. Changes nothing, and works while another process appends.
 * Reports what a cut-off write left in the last batch as `torn`, without visiting it.
 * @throws DamagedJournal for damage before the last batch, UsageError for a newer format or a missing journal.
 */
export function readJournal({
  runDir,
  from = JOURNAL_START,
  visit,
  files = systemFiles,
}: ReadJournal): JournalEnd {
  const file = openJournalFile(files, runLayout(runDir).journal);
  try {
    return readEvents({ file, from, visit, blobs: openBlobs(runDir, files) });
  } finally {
    file.close();
  }
}

function openJournalFile(files: FileSystem, path: string): OpenFile {
  try {
    return files.open(path, "read");
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    throw new UsageError(`There is no journal at ${path}.`, {
      details: [
        "A run directory without its journal cannot be resumed; `--fresh` archives it and starts over.",
      ],
      cause: error,
    });
  }
}

interface ReadEvents {
  readonly file: OpenFile;
  readonly from: JournalPosition;
  readonly visit: (event: JournalEvent) => void;
  readonly blobs: BlobStore;
}

function readEvents({ file, from, visit, blobs }: ReadEvents): JournalEnd {
  const lines = readLines(file, from.offset);
  let last = from;
  for (const line of lines) {
    const judged = judgeLine(line, last, blobs);
    if (judged.kind === "damaged") {
      const damage = { offset: line.offset, found: judged.found };
      if (judged.lostValue) throw lostValue({ file, last, damage });
      return endAtDamage({ file, line, linesAfter: lines, last, damage });
    }
    const offset = line.offset + line.bytes.length + 1;
    if (judged.kind === "outdated") {
      last = { ...last, offset, sum: judged.sum };
      continue;
    }
    visit(judged.event);
    last = { offset, seq: judged.event.seq, lease: judged.event.lease, sum: judged.sum };
  }
  if (last.seq === 0) throw nothingStarted(file.path, "the file is empty");
  return { ...last, torn: null };
}

type JudgedLine =
  | { readonly kind: "counts"; readonly event: JournalEvent; readonly sum: string }
  | { readonly kind: "outdated"; readonly sum: string }
  | { readonly kind: "damaged"; readonly found: string; readonly lostValue: boolean };

function judgeLine(line: RawLine, last: JournalPosition, blobs: BlobStore): JudgedLine {
  if (!line.terminated) {
    const found = `an unfinished last line of ${line.bytes.length} bytes`;
    return { kind: "damaged", found, lostValue: false };
  }
  const decoded: DecodedLine = decodeLine(line.bytes, blobs);
  if (!decoded.ok) return { kind: "damaged", found: decoded.found, lostValue: decoded.lostValue };
  const { event, sum } = decoded;
  if (event.lease < last.lease) return { kind: "outdated", sum };
  if (event.seq !== last.seq + 1) {
    const found = `event ${event.seq} where event ${last.seq + 1} belongs`;
    return { kind: "damaged", found, lostValue: false };
  }
  return { kind: "counts", event, sum };
}

interface AtDamage {
  readonly file: OpenFile;
  /** The damaged line. */
  readonly line: RawLine;
  readonly linesAfter: Iterable<RawLine>;
  readonly last: JournalPosition;
  readonly damage: Damage;
}

/**
 * A writer starts a batch only when the one before it is durable. So a good line of a later batch proves that the
 * damaged line was durable once. Without such a line, the damage is the torn end of the last batch.
 */
function endAtDamage({ file, line, linesAfter, last, damage }: AtDamage): JournalEnd {
  let goodAfter = countLaterBatchLines(line, last);
  for (const after of linesAfter) goodAfter += countLaterBatchLines(after, last);
  if (last.seq === 0) throw nothingStarted(file.path, damage.found);
  if (goodAfter === 0) return { ...last, torn: damage };
  throw damagedJournal({ file, last, damage, goodAfter });
}

/** Every journal line begins with this. Inside a line's texts the quotes are escaped, so it appears nowhere else. */
const LINE_BEGINS = '{"seq":';

/** Damage may have destroyed a line feed, so a good line may also follow a damaged one on the same line. */
function countLaterBatchLines({ bytes, terminated }: RawLine, { seq, lease }: JournalPosition): number {
  if (!terminated) return 0;
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let start = line.indexOf(LINE_BEGINS); start !== -1; start = line.indexOf(LINE_BEGINS, start + 1)) {
    const unsealed = unsealText(line.subarray(start));
    if (unsealed === undefined) continue;
    const envelope: Envelope = JSON.parse(unsealed.text); // sealed, so a journal wrote it, envelope first
    return envelope.lease >= lease && envelope.batch > seq + 1 ? 1 : 0;
  }
  return 0;
}

function damagedJournal({ file, last, damage, goodAfter }: DamagedAt): DamagedJournal {
  const lineNumber = countLines(file, damage.offset) + 1;
  return new DamagedJournal(
    `The journal is damaged: ${file.path}, line ${lineNumber}, byte ${damage.offset}: found ${damage.found}.`,
    {
      details: [
        `Good events of later writes follow it (${goodAfter}), so this is no cut-off write. Nothing was changed.`,
        `\`--repair\` goes back to event ${last.seq}, the last good one before it, and keeps what it cuts beside the journal.`,
      ],
      damage,
      lastGood: last,
    },
  );
}

/** Values become durable before the line that refers to them, so a cut-off write cannot explain a missing one. */
function lostValue({ file, last, damage }: Pick<AtDamage, "file" | "last" | "damage">): DamagedJournal {
  const lineNumber = countLines(file, damage.offset) + 1;
  return new DamagedJournal(
    `A value of this run is lost: ${file.path}, line ${lineNumber}, is whole, but ${damage.found}.`,
    {
      details: [
        "Nothing was changed. Bring that file back, then start the same command again.",
        `Without it, \`--repair\` goes back to event ${last.seq}, the last one before that line, and keeps what it cuts beside the journal.`,
      ],
      damage,
      lastGood: last,
    },
  );
}

interface DamagedAt extends Pick<AtDamage, "file" | "last" | "damage"> {
  readonly goodAfter: number;
}

function nothingStarted(path: string, found: string): UsageError {
  return new UsageError(`The journal ${path} holds no event that can be read: ${found}.`, {
    details: ["Nothing was changed.", "`--fresh` archives this run directory and starts over."],
  });
}
