import type { FileSystem } from "./file-system.ts";
import { systemFiles } from "./files.ts";
import type { JournalPosition } from "./journal-reader.ts";
import { readLines } from "./lines.ts";
import { unsealText } from "./sealed-text.ts";

/**
 * A holder that was frozen between its check and its write appends lines when it wakes. If everything after `position`
 * is whole lines of older leases, returns the position after them, else undefined.
 */
export function onlyOutdatedLines({ path, position, sizeBytes, lease, files = systemFiles }: OutdatedLines) {
  if (sizeBytes < position.offset) return undefined;
  const file = files.open(path, "read");
  try {
    let end: JournalPosition = position;
    for (const line of readLines(file, position.offset)) {
      const unsealed = line.terminated ? unsealText(line.bytes) : undefined;
      if (unsealed === undefined || leaseOf(unsealed.text) >= lease) return undefined;
      end = { ...end, offset: line.offset + line.bytes.length + 1, sum: unsealed.sum };
    }
    return end;
  } finally {
    file.close();
  }
}

interface OutdatedLines {
  readonly path: string;
  readonly position: JournalPosition;
  readonly sizeBytes: number;
  /** The lease of this process. */
  readonly lease: number;
  readonly files?: FileSystem;
}

function leaseOf(text: string): number {
  const envelope: { readonly lease: number } = JSON.parse(text); // sealed, so a journal wrote it
  return envelope.lease;
}
