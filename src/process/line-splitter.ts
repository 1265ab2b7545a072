export interface OutputLine {
  /** The line without its end; invalid UTF-8 is replaced. Only the beginning when `truncated`. */
  readonly text: string;
  /** The line was longer than the limit; the file has all of it. */
  readonly truncated: boolean;
  /** The stream ended in it, before its end. */
  readonly unended: boolean;
  readonly sizeBytes: number;
}

export interface LineSplitter {
  push(chunk: Buffer): void;
  /** Delivers a last line that has no end. */
  end(): void;
}

export interface LineSplitterOptions {
  readonly onLine: (line: OutputLine) => void;
  /** Longer lines are delivered truncated, so that memory stays bounded; 8 MiB when absent. */
  readonly maxLineBytes?: number;
}

const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** What is delivered of a line over the limit: enough to tell what it was about. */
const TRUNCATED_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Cuts a stream of bytes into lines; empty lines are left out. */
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

/** The lines of a file or a pipe, cut as those of a live process are; holds one chunk and one line at a time. */
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
