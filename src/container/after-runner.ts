import { EXIT } from "../core/failure.ts";
import type { ForegroundEnd } from "../process/foreground.ts";
import type { RecordedRun } from "./run-of-start.ts";

/** A container that exits restarts: at once by its restart policy, or, if a person has stopped it, with the engine. */
export interface AfterRunner {
  /** "over": a restart must not start the run again. */
  readonly run: "over" | "continues";
  readonly container: "idles" | "exits";
}

/** Decides what the end of the runner means for its run and its container. */
export function afterRunner(
  { status, wasStopped }: ForegroundEnd,
  record: () => RecordedRun | undefined,
): AfterRunner {
  const wasKilled = status >= 128;
  const isResumable = status === EXIT.resumable;
  if (wasStopped) return { run: wasKilled || isResumable ? "continues" : "over", container: "exits" };
  // 75 alone does not mean that the run was cut off: --no-wait ends with it too, and so does a runner that never opened its run.
  const wasCutOff = wasKilled || (isResumable && record()?.exit_code === null);
  return wasCutOff ? { run: "continues", container: "exits" } : { run: "over", container: "idles" };
}
