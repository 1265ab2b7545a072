import type { RunState } from "../core/run-state.ts";
import { writeFileAtomic } from "./atomic-file.ts";
import { openBlobs } from "./blobs.ts";
import type { FileSystem } from "./file-system.ts";
import type { JournalPosition } from "./journal-reader.ts";
import { EMPTY_SUM, type JournalSum } from "./journal-sum.ts";
import { STATE_VALUES, stringifyWithBlobs } from "./large-values.ts";
import type { RunLayout } from "./layout.ts";
import { exitCodeOf, runSummary } from "./run-summary.ts";
import { writeSnapshot } from "./snapshot.ts";
import type { WriteView } from "./view-guard.ts";

const SMALLEST_SNAPSHOT_INTERVAL_BYTES = 256 * 1024;
/** A snapshot is text made and written in one go: far quicker than as many bytes of journal, which are synced step by step. */
const SNAPSHOT_SHARE = 0.25;

interface RunViewFiles {
  readonly layout: RunLayout;
  readonly files: FileSystem;
  readonly writeView: WriteView;
}

/** Writes `run.json`; with or after an exit code it is durable, because the container's restart looks at it. */
export function createSummaryWriter({ layout, files, writeView }: RunViewFiles): (state: RunState) => void {
  /** Undefined: what an earlier process left is not known. */
  let exitCodeOnDisk: number | null | undefined;
  return (state) => {
    const exitCode = exitCodeOf(state);
    const durable = exitCode !== null || exitCode !== exitCodeOnDisk;
    writeView("run.json", () => {
      const content = `${JSON.stringify(runSummary(state), null, 2)}\n`;
      writeFileAtomic({ path: layout.runJson, content, durable, files });
      exitCodeOnDisk = exitCode;
    });
  };
}

/** Writes `context.json`, the final context; durable, since nothing writes it again after the end. */
export function writeFinalContext({ layout, files, writeView }: RunViewFiles, state: RunState): void {
  writeView("context.json", () => {
    const blobs = openBlobs(layout.runDir, files);
    const stored = JSON.parse(stringifyWithBlobs({ context: state.context }, STATE_VALUES, blobs));
    writeFileAtomic({
      path: layout.contextJson,
      content: `${JSON.stringify(stored.context, null, 2)}\n`,
      durable: true,
      files,
    });
  });
}

interface SnapshotViewFiles extends RunViewFiles {
  /** Writes the views that lag behind, or could not be written. False while one is missing. */
  readonly completeViews: () => boolean;
}

/**
 * Writes a snapshot when the journal has grown by more than a quarter of what the last one cost (and 256 KiB), so that
 * steps do not get much dearer with the size of the context, nor a resume with what it has to read behind it. None while a
 * view is missing: a resume rewrites only those of the events after the snapshot.
 */
export function createSnapshotWriter(
  { layout, files, writeView, completeViews }: SnapshotViewFiles,
  lastSum: JournalSum | undefined,
): (state: RunState, position: JournalPosition, due: "by-size" | "now") => void {
  const blobs = openBlobs(layout.runDir, files);
  let sumBefore = lastSum ?? EMPTY_SUM;
  let lastOffset = sumBefore.offset;
  let interval = SMALLEST_SNAPSHOT_INTERVAL_BYTES;
  return (state, position, due) => {
    if (state.seq !== position.seq || (due === "by-size" && position.offset - lastOffset <= interval)) return;
    lastOffset = position.offset;
    if (!completeViews()) {
      interval *= 2; // to try again and again must not cost more than the run itself
      return;
    }
    writeView("checkpoint.json", () => {
      const written = writeSnapshot({ runDir: layout.runDir, state, position, sumBefore, files, blobs });
      interval = Math.max(SMALLEST_SNAPSHOT_INTERVAL_BYTES, written.cost * SNAPSHOT_SHARE);
      sumBefore = written.journalSum;
    });
  };
}
