import { EXIT } from "../core/failure.ts";
import type { ForegroundEnd } from "../process/foreground.ts";
import type { RecordedRun } from "./run-of-start.ts";

/** A container that exits comes back: at once by its restart policy, or with the engine when a person has stopped it. */
export interface AfterRunner {
  /** "over": nothing may start the run again by itself. */
  readonly run: "over" | "goes on";
  readonly container: "idles" | "exits";
}

/** What the end of the runner means for its run and its container. */
export function afterRunner(
  { status, wasStopped }: ForegroundEnd,
  record: () => RecordedRun | undefined,
): AfterRunner {
  const wasKilled = status >= 128;
  const isResumable = status === EXIT.resumable;
  if (wasStopped) return { run: wasKilled || isResumable ? "goes on" : "over", container: "exits" };
  // 75 is also an outcome, such as that of --no-wait, and what a runner ends with that never got to its run.
  const wasCutOff = wasKilled || (isResumable && record()?.exit_code === null);
  return wasCutOff ? { run: "goes on", container: "exits" } : { run: "over", container: "idles" };
}
