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
/** A snapshot is written in one go, which is far quicker than as many bytes of journal, synced step by step. */
const SNAPSHOT_SHARE = 0.25;

interface RunViewFiles {
  readonly layout: RunLayout;
  readonly files: FileSystem;
  readonly writeView: WriteView;
}

/** Writes `run.json`. It is durable when it has an exit code or removes one: a restarted container reads that. */
export function createSummaryWriter({ layout, files, writeView }: RunViewFiles): (state: RunState) => void {
  /** Undefined while unknown: an earlier process may have written one. */
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

/** Writes `context.json`, the final context. It is durable, because nothing writes it again after the end. */
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
  /** Writes views that lag behind or failed before. Returns false while one is missing. */
  readonly completeViews: () => boolean;
}

/**
 * Writes a snapshot when the journal has grown by more than a quarter of the last one's cost (and 256 KiB). That keeps
 * steps cheap when the context is large, and bounds what a resume has to read after the snapshot. Writes none while a
 * view is missing, because a resume rewrites only views of events after the snapshot.
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
      interval *= 2; // retries must not cost more than the run itself
      return;
    }
    writeView("checkpoint.json", () => {
      const written = writeSnapshot({ runDir: layout.runDir, state, position, sumBefore, files, blobs });
      interval = Math.max(SMALLEST_SNAPSHOT_INTERVAL_BYTES, written.cost * SNAPSHOT_SHARE);
      sumBefore = written.journalSum;
    });
  };
}
