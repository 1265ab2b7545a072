import { isJsonObject } from "../core/json.ts";
import { runStateSchema, type RunState } from "../core/run-state.ts";
import { writeFileAtomic } from "./atomic-file.ts";
import { DamagedBlob, openBlobs, type BlobStore } from "./blobs.ts";
import { readBytes, readUpTo, systemFiles, type FileSystem } from "./files.ts";
import type { JournalPosition } from "./journal-reader.ts";
import { restoreValues, STATE_VALUES, storeLargeValues } from "./large-values.ts";
import { runLayout } from "./layout.ts";
import { sealOf, sealText, unsealText } from "./sealed-text.ts";

/** The state of a run and the place in its journal that it stands for. */
export interface Snapshot {
  readonly state: RunState;
  readonly position: JournalPosition;
}

interface SnapshotFiles {
  readonly runDir: string;
  readonly files?: FileSystem;
}

/**
 * Writes `checkpoint.json`: a summary for people first, then the state. Not durable by itself; a
 * torn one is noticed by its checksum and the journal gives the state back. Returns how many characters
 * of JSON had to be made for it: what the next one will cost.
 */
export function writeSnapshot({
  runDir,
  state,
  position,
  files = systemFiles,
  blobs = openBlobs(runDir, files),
}: SnapshotFiles & Snapshot & { readonly blobs?: BlobStore }): number {
  const wholeText = JSON.stringify(state);
  const stateText = storeLargeValues({ text: wholeText, record: state, places: STATE_VALUES, blobs });
  const summary = JSON.stringify({
    format: 1,
    seq: position.seq,
    node: state.cursor,
    step: state.open?.step ?? null,
    visits: state.visits,
    session: state.open?.session ?? null,
    recovery: state.open?.recovery ?? null,
    lease: position.lease,
    offset: position.offset,
    line_sum: position.sum,
  });
  const { text } = sealText(`${summary.slice(0, -1)},"state":${stateText}}`);
  writeFileAtomic({ path: runLayout(runDir).checkpoint, content: text, files });
  return wholeText.length;
}

/** The snapshot, or undefined when it is missing, torn, of another format, or no longer matches the journal. */
export function readSnapshot({ runDir, files = systemFiles }: SnapshotFiles): Snapshot | undefined {
  const bytes = readBytes(files, runLayout(runDir).checkpoint);
  const unsealed = bytes === undefined ? undefined : unsealText(bytes);
  if (unsealed === undefined) return undefined;
  const content: unknown = JSON.parse(unsealed.text);
  if (!isJsonObject(content) || !hasKnownShape(content)) return undefined;
  const position = positionOf(content);
  if (position.seq !== content.state.seq || !endsLine(files, runLayout(runDir).journal, position))
    return undefined;
  const state = restoreState(content.state, openBlobs(runDir, files));
  return state === undefined ? undefined : { state, position };
}

interface SnapshotContent {
  readonly seq: number;
  readonly lease: number;
  readonly offset: number;
  readonly line_sum: string;
  readonly state: RunState;
}

/** Older versions may have written less than the state has now; then the journal is read instead. */
function hasKnownShape(content: object): content is SnapshotContent {
  if (!("state" in content) || !isJsonObject(content.state)) return false;
  // The values of context and params can be large and are anything at all.
  return runStateSchema.safeParse({ ...content.state, context: {}, params: {} }).success;
}

const positionOf = ({ offset, seq, lease, line_sum }: SnapshotContent): JournalPosition => ({
  offset,
  seq,
  lease,
  sum: line_sum,
});

/** The line that ends at the offset is the one the snapshot was taken after: its checksum says so. */
function endsLine(files: FileSystem, journal: string, { offset, sum }: JournalPosition): boolean {
  if (!files.exists(journal)) return false;
  const file = files.open(journal, "read");
  try {
    const sizeBytes = Math.min(64, offset);
    const end = readUpTo(file, { position: offset - sizeBytes, sizeBytes });
    return end.at(-1) === 0x0a && sealOf(end.subarray(0, -1)) === sum;
  } finally {
    file.close();
  }
}

function restoreState(stored: RunState, blobs: BlobStore): RunState | undefined {
  try {
    // Its shape was checked above; the blobs hold what the checksum names.
    return restoreValues(stored, STATE_VALUES, blobs) as RunState;
  } catch (error) {
    if (error instanceof DamagedBlob) return undefined;
    throw error;
  }
}
