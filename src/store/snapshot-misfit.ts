import type { FileSystem } from "./file-system.ts";
import { readUpTo } from "./files.ts";
import { DamagedJournal, readJournal, type JournalPosition } from "./journal-reader.ts";
import { sumJournal, EMPTY_SUM, type JournalSum } from "./journal-sum.ts";
import { runLayout } from "./layout.ts";
import { sealOf } from "./sealed-text.ts";

interface SnapshotPlace {
  readonly runDir: string;
  readonly files: FileSystem;
  /** Of the snapshot in its journal. */
  readonly position: JournalPosition;
}

/** Why the journal is not what the snapshot was taken of, in words; undefined when it is. */
export function findMisfit({
  journalSum,
  ...place
}: SnapshotPlace & { readonly journalSum?: JournalSum }): string | undefined {
  const { runDir, files, position } = place;
  const sizeBytes = sizeOfJournal(place);
  if (sizeBytes < position.offset) return `it has ${sizeBytes} bytes`;
  if (!endsLine(place)) return "another line ends there";
  if (journalSum === undefined) return undefined;
  const { crc } = sumJournal({ runDir, from: EMPTY_SUM, to: position.offset, files });
  return crc === journalSum.crc ? undefined : "the bytes before that are others";
}

function sizeOfJournal({ runDir, files }: SnapshotPlace): number {
  const file = files.open(runLayout(runDir).journal, "read");
  try {
    return file.stat().sizeBytes;
  } finally {
    file.close();
  }
}

/** The line that ends at the offset is the one the snapshot was taken after: its checksum says so. */
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
 * A snapshot is written after the journal is durable up to its place. So a journal that does not fit it has lost events
 * that others were told of, however sound its lines are: going on from fewer would do finished steps again.
 * @throws DamagedJournal that names the damaged line where there is one, else what is gone.
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
        `Without it, \`--repair\` goes on from event ${lastGood.seq} and puts the checkpoint aside: steps that were finished after it are done again.`,
      ],
      damage: { offset: lastGood.offset, found: misfit },
      lastGood,
    },
  );
}
