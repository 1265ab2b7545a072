import { constants } from "node:os";
import { type Foreground, type ForegroundOutcome, startInForeground } from "./start-process.ts";

export interface ForegroundProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** "ignore": the program reads nothing. */
  readonly stdin: "inherit" | "ignore";
  /** The signal that replaces each stop signal of this process; by default the program gets the same signal. */
  readonly stopSignal?: NodeJS.Signals;
}

export interface ForegroundEnd {
  /** As in a shell: 128 + n when signal n ended the program, 126 or 127 when it could not be started. */
  readonly status: number;
  /** This process got a stop signal and forwarded it. */
  readonly wasStopped: boolean;
}

const STOPPING: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGHUP"];
const NOT_FOUND = 127;
const NOT_STARTED = 126;

/** Runs a program in place of this process, on its own output, until it ends. Forwards stop signals to it. */
export async function runInForeground(program: ForegroundProgram): Promise<ForegroundEnd> {
  const { file, args, environment, stdin, stopSignal } = program;
  let wasStopped = false;
  let running: Foreground | undefined;
  const handOn = (signal: NodeJS.Signals): void => {
    wasStopped = true;
    running?.kill(stopSignal ?? signal);
  };
  for (const signal of STOPPING) process.on(signal, handOn);
  try {
    running = startInForeground({ file, args, env: environment, stdin });
    return { status: statusOf(await running.end), wasStopped };
  } finally {
    for (const signal of STOPPING) process.off(signal, handOn);
  }
}

function statusOf({ exitCode, signal, refused }: ForegroundOutcome): number {
  if (refused !== undefined) return refused === "ENOENT" ? NOT_FOUND : NOT_STARTED;
  return exitCode ?? 128 + (signalNumbers[signal ?? "SIGKILL"] ?? 0);
}

const signalNumbers: Readonly<Record<string, number>> = constants.signals;
