import { writeSync } from "node:fs";
import { EXIT } from "../core/failure.ts";

/** The only place that writes to the terminal: results to stdout, everything said to a person to stderr. */
export const terminal = {
  out: (text: string): void => void process.stdout.write(`${text}\n`),
  say: (text: string): void => void process.stderr.write(`${text}\n`),
  /** For results of any size: nothing is held in memory, and a reader that has seen enough (`| head`) ends the command. */
  bulk: (text: string | Uint8Array): void =>
    writeAll(typeof text === "string" ? Buffer.from(text, "utf8") : text),
};
export type Terminal = typeof terminal;

/**
 * Lets the process outlive whoever reads what it prints: a closed terminal, `| head`, a full disk behind `>`. A run is
 * worth more than its progress lines, and the journal has what they would say. Call it once.
 */
export function outliveReaders(): void {
  let isTold = false;
  process.stderr.on("error", () => undefined); // nowhere is left to say it
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (isTold || error.code === "EPIPE") return; // a reader that has seen enough
    isTold = true;
    terminal.say(
      `longhaul: stdout cannot be written (${error.code ?? error.message}); what it would show is lost.`,
    );
  });
}

const STDOUT = 1;
const AGAIN_AFTER_MS = 5;

function writeAll(bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(STDOUT, bytes, written);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EPIPE") process.exit(EXIT.terminal);
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AGAIN_AFTER_MS); // the reader is slower than we are
    }
  }
}
