import type { FileSystem, OpenFile } from "./file-system.ts";
import { systemFiles, readUpTo } from "./files.ts";
import { decodeLine } from "./journal-line.ts";
import { JOURNAL_START, type JournalPosition } from "./journal-reader.ts";
import { openBlobs } from "./blobs.ts";
import { runLayout } from "./layout.ts";

const FIRST_WINDOW_BYTES = 1024 * 1024;
const LARGEST_WINDOW_BYTES = 64 * 1024 * 1024;
const LINE_FEED = 0x0a;
/** Inside a line's texts the quotes are escaped, so this matches only the field itself. */
const STEP_STARTED = '"type":"step.started"';

/**
 * Returns a position with at least the last `steps` steps after it, searching from the end in bounded memory. Returns
 * the start of the journal when the search does not find one.
 */
export function positionBeforeSteps(
  runDir: string,
  steps: number,
  files: FileSystem = systemFiles,
): JournalPosition {
  const file = files.open(runLayout(runDir).journal, "read");
  try {
    const { sizeBytes } = file.stat();
    for (let window = FIRST_WINDOW_BYTES; window <= LARGEST_WINDOW_BYTES; window *= 4) {
      if (window >= sizeBytes) return JOURNAL_START;
      const found = searchWindow(file, { from: sizeBytes - window, sizeBytes: window, steps });
      const position = found && positionAfter(found, runDir, files);
      if (position !== undefined) return position;
    }
    return JOURNAL_START;
  } finally {
    file.close();
  }
}

interface Window {
  readonly from: number;
  readonly sizeBytes: number;
  readonly steps: number;
}

interface Found {
  /** Where the first of the steps begins. */
  readonly offset: number;
  /** The line before it. */
  readonly lineBefore: Uint8Array;
}

function searchWindow(file: OpenFile, { from, sizeBytes, steps }: Window): Found | undefined {
  const bytes = Buffer.from(readUpTo(file, { position: from, sizeBytes }));
  let at = bytes.length;
  for (let count = 0; count < steps; count += 1) {
    at = bytes.lastIndexOf(STEP_STARTED, at - 1);
    if (at <= 0) return undefined;
  }
  const lineStart = bytes.lastIndexOf(LINE_FEED, at) + 1;
  const beforeStart = lineStart < 2 ? 0 : bytes.lastIndexOf(LINE_FEED, lineStart - 2) + 1;
  if (beforeStart === 0) return undefined; // this window holds only a part of the line before
  return { offset: from + lineStart, lineBefore: bytes.subarray(beforeStart, lineStart - 1) };
}

function positionAfter(
  { offset, lineBefore }: Found,
  runDir: string,
  files: FileSystem,
): JournalPosition | undefined {
  const decoded = decodeLine(lineBefore, openBlobs(runDir, files));
  if (!decoded.ok) return undefined;
  return { offset, seq: decoded.event.seq, lease: decoded.event.lease, sum: decoded.sum };
}
