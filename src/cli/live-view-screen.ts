import { write } from "node:fs";

/** Writes to a terminal without blocking the process, even while its output is paused (Ctrl-S). */
export interface Screen {
  /** Queues text; it is written in order. */
  write(text: string): void;
  /** True while earlier text is unwritten. Postpone a redraw then. */
  isBusy(): boolean;
  /** Resolves when everything is written, or the terminal is gone. */
  drained(): Promise<void>;
}

const AGAIN_AFTER_MS = 20;
/** A paused terminal gets at most this much afterwards; the journal has the rest. */
const MAX_QUEUED_CHARACTERS = 1024 * 1024;

/** `descriptor` must be an open terminal. Nothing is written to it once it is gone. */
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
