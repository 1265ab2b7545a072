import { write } from "node:fs";

/** Writes to a terminal without ever keeping the process waiting, also while a person holds its output (Ctrl-S). */
export interface Screen {
  /** Takes text to be written in order. */
  write(text: string): void;
  /** Earlier text is not out yet: what can be drawn later should be. */
  isBusy(): boolean;
  /** Resolves when everything is written, or nobody is left to read it. */
  drained(): Promise<void>;
}

const AGAIN_AFTER_MS = 20;
/** What a held terminal is owed at most; the journal has the rest. */
const MAX_QUEUED_CHARACTERS = 1024 * 1024;

/** `descriptor` is an open terminal. A terminal that is gone is written to no more. */
export function createScreen(descriptor: number): Screen {
  let queued = "";
  let inFlight = false;
  let isGone = false;
  let waiting: (() => void)[] = [];
  const send = (bytes: Uint8Array) => {
    inFlight = true;
    write(descriptor, bytes, (error, written) => {
      if (error?.code === "EAGAIN") return void setTimeout(() => send(bytes), AGAIN_AFTER_MS);
      isGone ||= error !== null;
      if (!isGone && written < bytes.length) return send(bytes.subarray(written));
      inFlight = false;
      next();
    });
  };
  const next = () => {
    if (inFlight) return;
    if (queued !== "" && !isGone) {
      const bytes = Buffer.from(queued, "utf8");
      queued = "";
      return send(bytes);
    }
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  return {
    write: (text) => {
      if (isGone || queued.length > MAX_QUEUED_CHARACTERS) return;
      queued += text;
      next();
    },
    isBusy: () => inFlight,
    drained: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        next();
      }),
  };
}
