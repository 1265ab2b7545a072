import type { OpenFile } from "./file-system.ts";

const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;

/** A line of a file: its offset and its bytes without the line feed. */
export interface RawLine {
  readonly offset: number;
  /** Valid until the next line is read. */
  readonly bytes: Uint8Array;
  /** False for a last line that has no line feed (yet). */
  readonly terminated: boolean;
}

/** Yields the lines of a file, starting at a line boundary. Memory stays bounded however large the file is. */
export function* readLines(file: OpenFile, from: number): Generator<RawLine, void, undefined> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let position = from;
  let rest: Buffer = Buffer.alloc(0);
  for (;;) {
    const count = file.read(chunk, position);
    if (count === 0) break;
    const offset = position - rest.length;
    const bytes =
      rest.length === 0 ? chunk.subarray(0, count) : Buffer.concat([rest, chunk.subarray(0, count)]);
    const used = yield* completeLines(bytes, offset, rest.length);
    rest = Buffer.from(bytes.subarray(used)); // a copy, because the chunk is reused
    position += count;
  }
  if (rest.length > 0) yield { offset: position - rest.length, bytes: rest, terminated: false };
}

/** Returns how many bytes the complete lines took. The first `searched` bytes contain no line feed. */
function* completeLines(
  bytes: Buffer,
  offset: number,
  searched: number,
): Generator<RawLine, number, undefined> {
  let start = 0;
  let end = bytes.indexOf(LINE_FEED, searched);
  while (end !== -1) {
    yield { offset: offset + start, bytes: bytes.subarray(start, end), terminated: true };
    start = end + 1;
    end = bytes.indexOf(LINE_FEED, start);
  }
  return start;
}

/** How many lines begin before a position. */
export function countLines(file: OpenFile, before: number): number {
  let count = 0;
  for (const line of readLines(file, 0)) {
    if (line.offset >= before) break;
    count += 1;
  }
  return count;
}
