import type { FileSystem } from "./file-system.ts";
import { readUpTo } from "./files.ts";
import { DamagedJournal, readJournal, type JournalPosition } from "./journal-reader.ts";
import { sumJournal, EMPTY_SUM, type JournalSum } from "./journal-sum.ts";
import { runLayout } from "./layout.ts";
import { sealOf } from "./sealed-text.ts";

interface SnapshotPlace {
  readonly runDir: string;
  readonly files: FileSystem;
  /** The snapshot's place in the journal. */
  readonly position: JournalPosition;
}

/** Says how the journal differs from the one that the snapshot was taken of; undefined when it does not. */
export function findMisfit({
  journalSum,
  ...place
}: SnapshotPlace & { readonly journalSum?: JournalSum }): string | undefined {
  const { runDir, files, position } = place;
  const sizeBytes = sizeOfJournal(place);
  if (sizeBytes < position.offset) return `it has ${sizeBytes} bytes`;
  if (!endsLine(place)) return "a different line ends there";
  if (journalSum === undefined) return undefined;
  const { crc } = sumJournal({ runDir, from: EMPTY_SUM, to: position.offset, files });
  return crc === journalSum.crc ? undefined : "the bytes before that differ";
}

function sizeOfJournal({ runDir, files }: SnapshotPlace): number {
  const file = files.open(runLayout(runDir).journal, "read");
  try {
    return file.stat().sizeBytes;
  } finally {
    file.close();
  }
}

/** Compares checksums: the line that ends at the offset must be the last one before the snapshot. */
function endsLine({ runDir, files, position: { offset, sum } }: SnapshotPlace): boolean {
  const file = files.open(runLayout(runDir).journal, "read");
  try {
    const sizeBytes = Math.min(64, offset);
    const end = readUpTo(file, { position: offset - sizeBytes, sizeBytes });
    return end.at(-1) === 0x0a && sealOf(end.subarray(0, -1)) === sum;
  } finally {
    file.close();
  }
}

/**
 * A snapshot is written only when the journal is durable up to that place. So a journal that does not fit has lost
 * events that a process has already acted on, even if all its lines are good. Resuming from fewer events would do
 * finished steps again.
 * @throws DamagedJournal that names the damaged line if one exists, else the lost events.
 */
export function refuseMisfit({
  runDir,
  files,
  position,
  misfit,
}: SnapshotPlace & { readonly misfit: string }): never {
  const { torn, ...lastGood } = readJournal({ runDir, visit: () => undefined, files });
  const { journal, checkpoint } = runLayout(runDir);
  throw new DamagedJournal(
    `The journal has lost events: ${checkpoint} was written when ${journal} was durable up to event ${position.seq}, byte ${position.offset}, but ${misfit}.`,
    {
      details: [
        `The last good event in it is ${lastGood.seq}${torn === null ? "" : `, followed by ${torn.found}`}. Nothing was changed.`,
        "Bring the whole journal back (a backup, another copy of the directory), then start the same command again.",
        `Without it, \`--repair\` resumes after event ${lastGood.seq} and puts the checkpoint aside: steps that were finished after it are done again.`,
      ],
      damage: { offset: lastGood.offset, found: misfit },
      lastGood,
    },
  );
}
