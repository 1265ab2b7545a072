import { writeSync } from "node:fs";
import { EXIT } from "../core/failure.ts";
import { StorageFailure } from "../core/ports.ts";
import { columnsOf, wrap } from "./text-width.ts";

/**
 * What a command has of whoever started it: their environment, their signals, and a terminal, which nothing else writes to.
 * Results go to stdout, everything said to a person to stderr.
 */
export const terminal = {
  environment: process.env,
  /** Calls the listener at every signal that asks the command to end, which then no longer ends by itself. */
  onSignal: (listener: (signal: NodeJS.Signals) => void): void => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => listener(signal));
  },
  out: (text: string): void => void process.stdout.write(`${text}\n`),
  say: (text: string): void => void process.stderr.write(`${text}\n`),
  /** The same for one long line, which a terminal gets broken between words. */
  sayLong: (line: string): void => {
    for (const part of wrap(line, { columns: columnsOf(process.stderr), indent: "  " })) terminal.say(part);
  },
  /**
   * For results of any size: nothing is held in memory, and a reader that has seen enough (`| head`) ends the command.
   * @throws StorageFailure when stdout is a disk that refuses.
   */
  bulk: (text: string | Uint8Array): void =>
    writeAll(typeof text === "string" ? Buffer.from(text, "utf8") : text),
  /** For a run: it is worth more than its progress lines, and the journal has what they would say. */
  printsProgressOnly: (): void => void (losing = "is harmless"),
};
export type Terminal = typeof terminal;

/** What it means that stdout cannot be written: the result of most commands is what they print. */
let losing: "is harmless" | "fails" = "fails";

/**
 * Lets the process outlive whoever reads what it prints: a closed terminal, `| head`, a full disk behind `>`. A result that
 * is lost to a disk is told and makes a success exit 75. Call it once.
 */
export function outliveReaders(): void {
  let isTold = false;
  process.stderr.on("error", () => undefined); // nowhere is left to say it
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (isTold || error.code === "EPIPE") return; // a reader that has seen enough
    isTold = true;
    terminal.say(`longhaul: ${lostOutput(error)} ${PRINT_ELSEWHERE}`);
    if (losing === "fails") process.once("exit", () => void (process.exitCode ||= EXIT.resumable));
  });
}

const lostOutput = ({ code, message }: NodeJS.ErrnoException): string =>
  `stdout cannot be written (${code ?? message}); what it would show is lost.`;

const PRINT_ELSEWHERE = "Free space there, or print elsewhere.";

const STDOUT = 1;
const AGAIN_AFTER_MS = 5;

function writeAll(bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(STDOUT, bytes, written);
    } catch (error) {
      const refusal = error as NodeJS.ErrnoException; // writeSync throws nothing else
      if (refusal.code === "EPIPE") process.exit(EXIT.terminal);
      if (refusal.code !== "EAGAIN") {
        throw new StorageFailure(lostOutput(refusal), { wayOut: PRINT_ELSEWHERE, cause: error });
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AGAIN_AFTER_MS); // the reader is slower than we are
    }
  }
}
