import { type FileHandle, open } from "node:fs/promises";

/** A file that lines are appended to and that nobody depends on. */
export interface LineFile {
  /** `text` ends with a line feed. Returns at once. */
  write(text: string): void;
  /** Writes out what is left, without keeping the caller waiting; the process ends when that is done. */
  close(): void;
}

/** How long lines are collected, to be written together. */
const LAG_MS = 100;
/** As many are written without that wait, so that quick steps do not pile them up in memory. */
const MOST_BYTES = 64 * 1024;

/**
 * Opens the file at its first line and appends on threads. Lines that the disk refuses are lost, and nothing else: the
 * next ones are tried again, and neither the caller nor the end of the process waits for space.
 */
export function openLineFile(path: string): LineFile {
  let waiting = "";
  let timer: NodeJS.Timeout | undefined;
  let written = Promise.resolve();
  let handle: FileHandle | undefined;
  let isTorn = false;

  const append = async (text: string): Promise<void> => {
    try {
      handle ??= await open(path, "a");
      await handle.appendFile(isTorn ? `\n${text}` : text);
      isTorn = false;
    } catch {
      isTorn = true; // full, or in another way refusing: the journal has what these lines would say, and reports the disk
    }
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const text = waiting;
    waiting = "";
    if (text !== "") written = written.then(() => append(text));
  };
  const write = (text: string) => {
    waiting += text;
    if (waiting.length >= MOST_BYTES) return flush();
    timer ??= setTimeout(flush, LAG_MS).unref();
  };
  const close = () => {
    flush();
    written = written.then(() => handle?.close()).catch(() => undefined);
  };
  return { write, close };
}
