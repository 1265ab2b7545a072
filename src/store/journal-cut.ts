import { dirname } from "node:path";
import type { JournalEvent } from "../core/event.ts";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { freePath } from "./free-path.ts";
import { syncDirectory, systemFiles } from "./files.ts";
import { DamagedJournal, readJournal, type JournalPosition } from "./journal-reader.ts";
import { runLayout } from "./layout.ts";
import { readSnapshot } from "./snapshot.ts";
import { type KnownSteps, knownSteps, NO_STEPS, setStepsAside } from "./steps-aside.ts";
import { writeAll } from "./atomic-file.ts";

const COPY_BYTES = 1024 * 1024;

export interface Repair {
  /** The last event that was kept. */
  readonly lastSeq: number;
  readonly cutBytes: number;
  /** The file with the cut bytes. */
  readonly keptIn: string;
  /** The directory with the files of steps and attempts that only the cut bytes mention; null when none existed. */
  readonly stepsKeptIn: string | null;
  /** What was wrong. */
  readonly found: string;
}

/**
 * Cuts a damaged journal back to its last good event. Moves the rest and the checkpoint into files beside it. Returns
 * null when nothing is wrong. Only for the holder of the run.
 */
export function repairJournal({ runDir, files = systemFiles }: RunFiles): Repair | null {
  const damaged = findDamage({ runDir, files });
  if (damaged === null) return null;
  const { lastGood, found, known } = damaged;
  // The damage must show until the last step, or a repair that was killed halfway would not be repeated.
  const isSetAside = setStepsAside(runDir, known, files);
  // The checkpoint may be the only sign of the damage. If it stayed, it would refuse the cut journal.
  setCheckpointAside(runDir, files);
  const { cutBytes, keptIn } = cutJournal({ runDir, offset: lastGood.offset, files });
  const stepsKeptIn = isSetAside ? runLayout(runDir).stepsBeforeRepair : null;
  return { lastSeq: lastGood.seq, cutBytes, keptIn, stepsKeptIn, found };
}

/** Keeps the checkpoint, because it may be the only record of the lost events. */
function setCheckpointAside(runDir: string, files: FileSystem): void {
  const { checkpoint } = runLayout(runDir);
  if (files.kind(checkpoint) === "missing") return;
  files.rename(checkpoint, freePath(files, `${checkpoint}.before-repair`));
  syncDirectory(files, runDir);
}

interface FoundDamage {
  readonly lastGood: JournalPosition;
  readonly found: string;
  /** The steps up to the last good event. */
  readonly known: KnownSteps;
}

function findDamage({ runDir, files }: Required<RunFiles>): FoundDamage | null {
  let known = NO_STEPS;
  try {
    const visit = (event: JournalEvent) => void (known = knownSteps(known, event));
    const end = readJournal({ runDir, visit, files });
    readSnapshot({ runDir, files }); // throws when the snapshot is ahead of the journal
    return end.torn === null ? null : { lastGood: end, found: end.torn.found, known };
  } catch (error) {
    if (!(error instanceof DamagedJournal)) throw error;
    return { lastGood: error.lastGood, found: error.damage.found, known };
  }
}

/** Moves everything after `offset` into `journal.jsonl.cut-<offset>`. The copy is durable before the journal is cut. */
export function cutJournal({ runDir, offset, files = systemFiles }: RunFiles & { readonly offset: number }) {
  const { journal } = runLayout(runDir);
  const file = files.open(journal, "change");
  try {
    const cutBytes = file.stat().sizeBytes - offset;
    const keptIn = copyTail({ file, offset, files });
    file.truncate(offset);
    file.sync();
    return { cutBytes, keptIn };
  } finally {
    file.close();
  }
}

interface RunFiles {
  readonly runDir: string;
  readonly files?: FileSystem;
}

interface CopyTail {
  readonly file: OpenFile;
  readonly offset: number;
  readonly files: FileSystem;
}

function copyTail({ file, offset, files }: CopyTail): string {
  const path = freePath(files, `${file.path}.cut-${offset}`);
  const copy = files.open(path, "create");
  try {
    const chunk = Buffer.allocUnsafe(COPY_BYTES);
    let position = offset;
    for (let count = file.read(chunk, position); count > 0; count = file.read(chunk, position)) {
      writeAll(copy, chunk.subarray(0, count));
      position += count;
    }
    copy.sync();
  } finally {
    copy.close();
  }
  syncDirectory(files, dirname(path));
  return path;
}
