import { writeSync } from "node:fs";
import { EXIT } from "../core/failure.ts";
import { StorageFailure } from "../core/ports.ts";
import { columnsOf, wrap } from "./text-width.ts";

/**
 * What a command gets from its caller: environment, signals and the terminal, which nothing else writes to. Results go to
 * stdout, messages to stderr.
 */
export const terminal = {
  environment: process.env,
  /** Calls the listener at every signal that asks the command to end, which then no longer ends by itself. */
  onSignal: (listener: (signal: NodeJS.Signals) => void): void => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => listener(signal));
  },
  out: (text: string): void => void process.stdout.write(`${text}\n`),
  say: (text: string): void => void process.stderr.write(`${text}\n`),
  /** Prints one long line to stderr, wrapped between words on a terminal. */
  sayLong: (line: string): void => {
    for (const part of wrap(line, { columns: columnsOf(process.stderr), indent: "  " })) terminal.say(part);
  },
  /**
   * Writes results of any size without keeping them in memory. A reader that closes the pipe (`| head`) ends the command.
   * @throws StorageFailure when stdout is on a disk that refuses the write.
   */
  bulk: (text: string | Uint8Array): void =>
    writeAll(typeof text === "string" ? Buffer.from(text, "utf8") : text),
  /** For a run: losing its progress lines must not fail it, because the journal has the same events. */
  printsProgressOnly: (): void => void (losing = "is harmless"),
};
export type Terminal = typeof terminal;

/** Whether a failed write to stdout fails the command. It does for most commands: their output is their result. */
let losing: "is harmless" | "fails" = "fails";

/**
 * Keeps the process alive when its output cannot be written: a closed terminal, `| head`, a full disk behind `>`. If a disk
 * refuses a result, it says so and turns exit code 0 into 75. Call it once.
 */
export function outliveReaders(): void {
  let isTold = false;
  process.stderr.on("error", () => undefined); // there is no other place to report it
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (isTold || error.code === "EPIPE") return; // EPIPE: the reader has closed the pipe
    isTold = true;
    terminal.say(`longhaul: ${lostOutput(error)} ${PRINT_ELSEWHERE}`);
    if (losing === "fails") process.once("exit", () => void (process.exitCode ||= EXIT.resumable));
  });
}

const lostOutput = ({ code, message }: NodeJS.ErrnoException): string =>
  `stdout cannot be written (${code ?? message}); the rest of the output is lost.`;

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
