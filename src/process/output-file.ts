import { writeAll } from "../store/atomic-file.ts";
import { systemFiles } from "../store/files.ts";
import type { RedactingStream } from "./redact.ts";

export interface OutputFileOptions {
  readonly path: string;
  readonly redaction: RedactingStream;
  /** Receives every redacted chunk after it was written. */
  readonly onChunk: (chunk: Buffer) => void;
}

/** Writes one output stream of a process to a file. */
export interface OutputFile {
  readonly sizeBytes: () => number;
  /** Throws `StorageFailure` when the disk refuses. */
  write(chunk: Buffer): void;
  /** Writes the bytes that the redaction kept back, after the last chunk. Throws like `write`. */
  flush(): void;
  close(): void;
}

/**
 * Redacts a stream into a file; overwrites an existing file. Writes are synchronous: the next chunk is read only when
 * this one is written, which bounds memory.
 */
export function openOutputFile({ path, redaction, onChunk }: OutputFileOptions): OutputFile {
  const file = systemFiles.open(path, "replace");
  let sizeBytes = 0;

  function pass(chunk: Buffer): void {
    if (chunk.length === 0) return;
    writeAll(file, chunk);
    sizeBytes += chunk.length;
    onChunk(chunk);
  }

  return {
    sizeBytes: () => sizeBytes,
    write: (chunk) => pass(redaction.push(chunk)),
    flush: () => pass(redaction.end()),
    close: () => file.close(),
  };
}
