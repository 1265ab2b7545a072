export interface OutputLine {
  /** The line without its line feed. Invalid UTF-8 is replaced. Only the beginning when `truncated`. */
  readonly text: string;
  /** The line exceeded the limit; the file has all of it. */
  readonly truncated: boolean;
  /** The stream ended before the line feed. */
  readonly unended: boolean;
  readonly sizeBytes: number;
}

export interface LineSplitter {
  push(chunk: Buffer): void;
  /** Delivers a last line without a line feed. */
  end(): void;
}

export interface LineSplitterOptions {
  readonly onLine: (line: OutputLine) => void;
  /** Longer lines are delivered truncated, so that memory stays bounded; 8 MiB when absent. */
  readonly maxLineBytes?: number;
}

const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** How much of a line over the limit is delivered: enough to identify it. */
const TRUNCATED_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Splits a stream of bytes into lines and skips empty ones. */
export function createLineSplitter({
  onLine,
  maxLineBytes = MAX_LINE_BYTES,
}: LineSplitterOptions): LineSplitter {
  let pieces: Buffer[] = [];
  let sizeBytes = 0;

  function add(piece: Buffer): void {
    const before = sizeBytes;
    sizeBytes += piece.length;
    if (sizeBytes <= maxLineBytes) pieces.push(piece);
    else if (before <= maxLineBytes) pieces = [beginningOf([...pieces, piece])];
  }

  function deliver(unended: boolean): void {
    if (sizeBytes > 0) {
      const truncated = sizeBytes > maxLineBytes;
      const line = { text: Buffer.concat(pieces).toString(), truncated, unended, sizeBytes };
      pieces = [];
      sizeBytes = 0;
      onLine(line);
    }
  }

  return {
    push(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        add(chunk.subarray(start, end));
        deliver(false);
        start = end + 1;
      }
      if (start < chunk.length) add(chunk.subarray(start));
    },
    end: () => deliver(true),
  };
}

/** The lines of a file or a pipe, split like those of a live process. Holds one chunk and one line in memory. */
export async function* readLines(input: AsyncIterable<Buffer>): AsyncGenerator<OutputLine, void, undefined> {
  let lines: OutputLine[] = [];
  const splitter = createLineSplitter({ onLine: (line) => lines.push(line) });
  for await (const chunk of input) {
    splitter.push(chunk);
    yield* lines;
    lines = [];
  }
  splitter.end();
  yield* lines;
}

const beginningOf = (pieces: readonly Buffer[]): Buffer => Buffer.concat(pieces).subarray(0, TRUNCATED_BYTES);
