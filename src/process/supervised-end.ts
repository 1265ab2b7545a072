import type { ProcessEnd } from "../core/process-end.ts";

/** How a supervised process ended, and what is known about it. */
export type SupervisedEnd = ProcessEnd & ProcessFacts;

export interface ProcessFacts {
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
