import type { Activity, ClockLimits } from "./activity-clock.ts";
import type { OutputLine } from "./line-splitter.ts";
import type { Redactor } from "./redact.ts";
import type { StopRule } from "./stop.ts";

/** Everything there is to say about a process before it starts. */
export interface ProcessRequest {
  /** Path or name; a name is looked up in the `PATH` of `env`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The complete environment but for `PWD` and `LONGHAUL_HOLDER`; `LONGHAUL_STEP` in it marks everything the process starts. */
  readonly env: Readonly<Record<string, string>>;
  /** Written and closed; without it stdin is empty. */
  readonly stdin?: string | Uint8Array;
  /** Asked after each piece of output for lines to write to stdin, which then stays open until the final event. */
  readonly replies?: () => readonly string[];
  /** Overwritten. `process.json` is written beside it. */
  readonly stdoutFile: string;
  readonly stderrFile: string;
  readonly redactor: Redactor;
  /** Reads a line of stdout, already redacted, and says what it means for the clocks. */
  readonly onLine?: (line: OutputLine) => Activity;
  /** Longer lines are delivered truncated; 8 MiB when absent. */
  readonly maxLineBytes?: number;
  readonly clocks: ClockLimits;
  readonly stop: StopRule;
  /** The same program was started before, so its absence is an update of itself, which passes. */
  readonly launchedBefore?: boolean;
}
