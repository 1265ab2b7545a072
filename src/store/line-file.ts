import { type FileHandle, open } from "node:fs/promises";

/** An append-only file of lines that nothing depends on. */
export interface LineFile {
  /** Appends `text`, which ends with a line feed. Returns at once. */
  write(text: string): void;
  /** Writes out what is left. Resolves when that is done or refused; the process ends no earlier. */
  close(): Promise<void>;
}

/** How long lines are collected before they are written together. */
const LAG_MS = 100;
/** At this size they are written without that wait, so that quick steps do not fill the memory. */
const MOST_BYTES = 64 * 1024;

/**
 * Opens the file at its first line and appends on threads, everything collected so far at a time. Lines that the disk
 * refuses are lost. Later lines are tried again. Neither the caller nor the end of the process waits for disk space.
 */
export function openLineFile(path: string): LineFile {
  let waiting = "";
  let timer: NodeJS.Timeout | undefined;
  let handle: FileHandle | undefined;
  let drained: Promise<void> | undefined;
  let isTorn = false;

  const append = async (text: string): Promise<void> => {
    try {
      handle ??= await open(path, "a");
      await handle.appendFile(isTorn ? `\n${text}` : text);
      isTorn = false;
    } catch {
      isTorn = true; // the lines are lost; the journal has the same facts, and reports a disk that refuses
    }
  };
  const take = (): string => {
    const text = waiting;
    waiting = "";
    return text;
  };
  const appendAll = async (): Promise<void> => {
    for (let text = take(); text !== ""; text = take()) await append(text);
    drained = undefined;
  };
  const drain = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    return (drained ??= appendAll());
  };
  const write = (text: string) => {
    waiting += text;
    if (waiting.length >= MOST_BYTES) void drain();
    else timer ??= setTimeout(() => void drain(), LAG_MS).unref();
  };
  const close = async () => {
    await drain();
    await handle?.close().catch(() => undefined);
  };
  return { write, close };
}
