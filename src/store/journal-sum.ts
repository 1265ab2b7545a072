import { crc32 } from "node:zlib";
import type { FileSystem } from "./file-system.ts";
import { runLayout } from "./layout.ts";

const CHUNK_BYTES = 256 * 1024;

/** The CRC-32 of a journal's bytes from its start to an offset. It can be extended without reading those bytes again. */
export interface JournalSum {
  readonly offset: number;
  readonly crc: number;
}

export const EMPTY_SUM: JournalSum = { offset: 0, crc: 0 };

interface SumUp {
  readonly runDir: string;
  /** The sum to extend. */
  readonly from: JournalSum;
  /** An offset at or after `from`. */
  readonly to: number;
  readonly files: FileSystem;
}

/** The sum up to an offset, in bounded memory: about 1 ms per megabyte. Throws when the journal ends before it. */
export function sumJournal({ runDir, from, to, files }: SumUp): JournalSum {
  const file = files.open(runLayout(runDir).journal, "read");
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let { offset, crc } = from;
    while (offset < to) {
      const count = file.read(chunk.subarray(0, Math.min(CHUNK_BYTES, to - offset)), offset);
      if (count === 0) throw new Error(`${file.path} ends at byte ${offset}, before byte ${to}`);
      crc = crc32(chunk.subarray(0, count), crc);
      offset += count;
    }
    return { offset, crc };
  } finally {
    file.close();
  }
}
