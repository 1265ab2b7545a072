import type { ClockReason } from "./activity-clock.ts";

/** Why we stopped a process; `none` when it ended by itself. */
export type StoppedBy = "none" | "abort" | ClockReason;

/** How a process ended, and what is known about it. A process that we stopped may still have exited with a code. */
export type ProcessEnd = (Exited | Signalled | SpawnFailed) & ProcessFacts;

export interface Exited {
  readonly kind: "exited";
  readonly code: number;
}

export interface Signalled {
  readonly kind: "signalled";
  readonly signal: string;
}

/** It never ran. */
export interface SpawnFailed {
  readonly kind: "spawn-failed";
  /** The system's (`ENOENT`, `EACCES`, `ETXTBSY`, …), or `ABORTED`. */
  readonly code: string;
  readonly message: string;
  /** Which path is not there, or is none that can be started or entered. */
  readonly missing?: "file" | "cwd";
}

export interface ProcessFacts {
  readonly stoppedBy: StoppedBy;
  readonly durationMs: number;
  /** Redacted bytes that went to the files. */
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  /** The last of stderr, redacted, at most 8 KiB. */
  readonly stderrTail: string;
  /** Time from the model's last sign to the end; undefined when it gave none. */
  readonly silentMs: number | undefined;
  /** The kernel killed something for memory meanwhile, or a SIGKILL came that is not ours. Telling only of a process that failed. */
  readonly likelyOutOfMemory: boolean;
  /** Something was refused a new process meanwhile. Telling only of a process that failed. */
  readonly likelyTooManyProcesses: boolean;
  /** Processes of the step that could not be killed. */
  readonly survivors: readonly number[];
}
