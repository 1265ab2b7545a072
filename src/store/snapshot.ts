import { z } from "zod";
import { isJsonObject } from "../core/json.ts";
import { runStateSchema, type RunState } from "../core/run-state.ts";
import { writeFileAtomic } from "./atomic-file.ts";
import { DamagedBlob, openBlobs, type BlobStore } from "./blobs.ts";
import type { FileSystem } from "./file-system.ts";
import { readBytes, systemFiles } from "./files.ts";
import { refuseNewerFormat, RUN_FORMAT } from "./journal-line.ts";
import type { JournalPosition } from "./journal-reader.ts";
import { EMPTY_SUM, sumJournal, type JournalSum } from "./journal-sum.ts";
import { restoreValues, STATE_VALUES, storeLargeValues } from "./large-values.ts";
import { runLayout } from "./layout.ts";
import { sealText, unsealText } from "./sealed-text.ts";
import { findMisfit, refuseMisfit } from "./snapshot-misfit.ts";

/** The state of a run at one place in its journal. */
export interface Snapshot {
  readonly state: RunState;
  readonly position: JournalPosition;
  /** The sum of the journal up to that place. */
  readonly journalSum: JournalSum;
}

interface SnapshotFiles {
  readonly runDir: string;
  readonly files?: FileSystem;
}

interface WriteSnapshot extends SnapshotFiles, Omit<Snapshot, "journalSum"> {
  /** The sum up to an earlier place; only the journal after it is read. */
  readonly sumBefore?: JournalSum;
  readonly blobs?: BlobStore;
}

export interface WrittenSnapshot {
  /** How many characters of JSON it took, which predicts the cost of the next one. */
  readonly cost: number;
  readonly journalSum: JournalSum;
}

/**
 * Writes `checkpoint.json`: a summary for display, then the state. The write is not durable: a checksum reveals a torn
 * one, and the journal replaces it. The journal up to its place is durable already.
 */
export function writeSnapshot({
  runDir,
  state,
  position,
  files = systemFiles,
  sumBefore = EMPTY_SUM,
  blobs = openBlobs(runDir, files),
}: WriteSnapshot): WrittenSnapshot {
  const journalSum = sumJournal({ runDir, from: sumBefore, to: position.offset, files });
  const wholeText = JSON.stringify(state);
  const stateText = storeLargeValues({ text: wholeText, record: state, places: STATE_VALUES, blobs });
  const summary = JSON.stringify({
    format: RUN_FORMAT,
    seq: position.seq,
    node: state.cursor,
    step: state.open?.step ?? null,
    visits: state.visits,
    session: state.open?.session ?? null,
    recovery: state.open?.recovery ?? null,
    lease: position.lease,
    offset: position.offset,
    line_sum: position.sum,
    journal_crc: journalSum.crc,
  });
  const { text } = sealText(`${summary.slice(0, -1)},"state":${stateText}}`);
  writeFileAtomic({ path: runLayout(runDir).checkpoint, content: text, files });
  return { cost: wholeText.length, journalSum };
}

interface ReadSnapshot extends SnapshotFiles {
  /** Also sums up the journal before the snapshot (1 ms per megabyte). Otherwise damage there is not noticed. */
  readonly verify?: boolean;
}

/**
 * Returns the snapshot. Returns undefined when it is missing, torn, of an older version, or names a missing value; then
 * the whole journal must be read.
 * @throws DamagedJournal when the journal is not the one that the snapshot was taken of, or has lost a part of it;
 * UsageError for a newer format.
 */
export function readSnapshot({
  runDir,
  files = systemFiles,
  verify = false,
}: ReadSnapshot): Snapshot | undefined {
  const { checkpoint, journal } = runLayout(runDir);
  const bytes = readBytes(files, checkpoint);
  const unsealed = bytes === undefined ? undefined : unsealText(bytes);
  if (unsealed === undefined) return undefined;
  const content: unknown = JSON.parse(unsealed.text);
  if (!isJsonObject(content)) return undefined;
  refuseNewerFormat(content["format"], checkpoint);
  if (!hasKnownShape(content) || !files.exists(journal)) return undefined;
  const position = positionOf(content);
  const journalSum = { offset: position.offset, crc: content.journal_crc };
  const misfit = findMisfit({ runDir, files, position, ...(verify && { journalSum }) });
  if (misfit !== undefined) refuseMisfit({ runDir, files, position, misfit });
  const state = restoreState(content.state, openBlobs(runDir, files));
  return state === undefined ? undefined : { state, position, journalSum };
}

const contentSchema = z.looseObject({
  format: z.literal(RUN_FORMAT),
  seq: z.int().positive(),
  lease: z.int().positive(),
  offset: z.int().positive(),
  line_sum: z.string(),
  journal_crc: z.int().nonnegative(),
});
type SnapshotContent = z.infer<typeof contentSchema> & { readonly state: RunState };

/** An older version may have written fewer fields than the state has now. Then the journal is read instead. */
function hasKnownShape(content: object): content is SnapshotContent {
  if (!contentSchema.safeParse(content).success) return false;
  if (!("state" in content) || !isJsonObject(content.state)) return false;
  if (!("seq" in content) || content.seq !== content.state["seq"]) return false;
  // The values of context and params may be large and of any shape.
  return runStateSchema.safeParse({ ...content.state, context: {}, params: {} }).success;
}

const positionOf = ({ offset, seq, lease, line_sum }: SnapshotContent): JournalPosition => ({
  offset,
  seq,
  lease,
  sum: line_sum,
});

function restoreState(stored: RunState, blobs: BlobStore): RunState | undefined {
  try {
    // Its shape was checked above, and the hash vouches for each blob.
    return restoreValues(stored, STATE_VALUES, blobs) as RunState;
  } catch (error) {
    if (error instanceof DamagedBlob) return undefined;
    throw error;
  }
}
