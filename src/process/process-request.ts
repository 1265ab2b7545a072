import type { Activity, ClockLimits } from "./activity-clock.ts";
import type { OutputLine } from "./line-splitter.ts";
import type { Redactor } from "./redact.ts";
import type { StopRule } from "./stop.ts";

/** All parameters of a process. */
export interface ProcessRequest {
  /** Path or name; a name is looked up in the `PATH` of `env`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /**
   * The complete environment, except `PWD` and `LONGHAUL_HOLDER`. `LONGHAUL_STEP` in it marks everything that the process
   * starts.
   */
  readonly env: Readonly<Record<string, string>>;
  /** Written to stdin, which is then closed. Without it stdin is empty. */
  readonly stdin?: string | Uint8Array;
  /** Called after each piece of output for lines to write to stdin, which stays open until the final event. */
  readonly replies?: () => readonly string[];
  /** An existing file is overwritten. `process.json` is written beside it. */
  readonly stdoutFile: string;
  readonly stderrFile: string;
  readonly redactor: Redactor;
  /** Receives a redacted line of stdout and returns what it means for the clocks. */
  readonly onLine?: (line: OutputLine) => Activity;
  /** Longer lines are delivered truncated; 8 MiB when absent. */
  readonly maxLineBytes?: number;
  readonly clocks: ClockLimits;
  readonly stop: StopRule;
  /** The same program has started before. If it is missing now, it is updating itself, so the start is retried. */
  readonly launchedBefore?: boolean;
}
