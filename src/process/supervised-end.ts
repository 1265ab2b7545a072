import type { ProcessEnd } from "../core/process-end.ts";

/** How a supervised process ended, and what is known about it. */
export type SupervisedEnd = ProcessEnd & ProcessFacts;

export interface ProcessFacts {
  readonly durationMs: number;
  /** Redacted bytes written to the files. */
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  /** The last 8 KiB of stderr, redacted. */
  readonly stderrTail: string;
  /** Time from the model's last activity to the end; undefined when there was none. */
  readonly silentMs: number | undefined;
  /** The kernel killed something for lack of memory, or a foreign SIGKILL arrived. Only meaningful if the process failed. */
  readonly likelyOutOfMemory: boolean;
  /** The system refused to create a process meanwhile. Only meaningful if the process failed. */
  readonly likelyTooManyProcesses: boolean;
  /** Processes of the step that could not be killed. */
  readonly survivors: readonly number[];
}
