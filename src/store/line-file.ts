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
 * Opens the file at its first line and appends on threads, all that there is at a time. Lines that the disk refuses are
 * lost, and nothing else: the next ones are tried again, and neither the caller nor the end of the process waits for space.
 */
export function openLineFile(path: string): LineFile {
  let waiting = "";
  let timer: NodeJS.Timeout | undefined;
  let handle: FileHandle | undefined;
  let isWriting = false;
  let isTorn = false;
  let isClosed = false;

  const append = async (text: string): Promise<void> => {
    try {
      handle ??= await open(path, "a");
      await handle.appendFile(isTorn ? `\n${text}` : text);
      isTorn = false;
    } catch {
      isTorn = true; // full, or in another way refusing: the journal has what these lines would say, and reports the disk
    }
  };
  const take = (): string => {
    const text = waiting;
    waiting = "";
    return text;
  };
  const drain = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (isWriting) return;
    isWriting = true;
    for (let text = take(); text !== ""; text = take()) await append(text);
    isWriting = false;
    if (isClosed) await handle?.close().catch(() => undefined);
  };
  const write = (text: string) => {
    waiting += text;
    if (waiting.length >= MOST_BYTES) void drain();
    else timer ??= setTimeout(() => void drain(), LAG_MS).unref();
  };
  const close = () => {
    isClosed = true;
    void drain();
  };
  return { write, close };
}
