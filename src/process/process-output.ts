import { type OutputLine, createLineSplitter } from "./line-splitter.ts";
import { type OutputFile, openOutputFile } from "./output-file.ts";
import type { Redactor } from "./redact.ts";

export interface OutputOptions {
  readonly stdoutFile: string;
  readonly stderrFile: string;
  readonly redactor: Redactor;
  /** Receives each line of stdout. */
  readonly onLine?: (line: OutputLine) => void;
  readonly maxLineBytes?: number;
}

/** Both output streams of a process: complete in their files, stdout also as lines, the end of stderr in memory. */
export interface ProcessOutput {
  readonly stdout: OutputFile;
  readonly stderr: OutputFile;
  readonly stderrTail: () => string;
  /** Call it after the last chunk of both streams: writes and delivers the rest. */
  finish(): void;
  close(): void;
}

const STDERR_TAIL_BYTES = 8 * 1024;

/** Throws `StorageFailure` when the files cannot be opened. */
export function collectOutput(options: OutputOptions): ProcessOutput {
  const { stdoutFile, stderrFile, redactor, onLine, maxLineBytes } = options;
  const lines = onLine && createLineSplitter({ onLine, ...(maxLineBytes !== undefined && { maxLineBytes }) });
  const tail = createTail(STDERR_TAIL_BYTES);
  const stdout = openOutputFile({
    path: stdoutFile,
    redaction: redactor.stream(),
    onChunk: (chunk) => lines?.push(chunk),
  });
  const stderr = openOutputFile({ path: stderrFile, redaction: redactor.stream(), onChunk: tail.push });
  return {
    stdout,
    stderr,
    stderrTail: tail.text,
    finish() {
      stdout.flush();
      stderr.flush();
      lines?.end();
    },
    close() {
      stdout.close();
      stderr.close();
    },
  };
}

/** Keeps the last bytes of a stream. */
function createTail(maxBytes: number): {
  readonly push: (chunk: Buffer) => void;
  readonly text: () => string;
} {
  let kept = Buffer.alloc(0);
  return {
    push(chunk) {
      const end = chunk.subarray(Math.max(0, chunk.length - maxBytes));
      kept = Buffer.concat([kept.subarray(Math.max(0, kept.length + end.length - maxBytes)), end]);
    },
    text: () => kept.toString(),
  };
}
