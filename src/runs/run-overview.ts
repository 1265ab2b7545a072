import path from "node:path";
import { UsageError } from "../core/failure.ts";
import { StorageFailure } from "../core/ports.ts";
import type { RunState } from "../core/run-state.ts";
import type { Holder } from "../core/vocabulary.ts";
import { isHeld } from "../store/lock.ts";
import { runSummary, type RunSummary } from "../store/run-summary.ts";
import { listClosedRuns, listRuns } from "./list-runs.ts";
import { hasNoRunsYet } from "./find-run.ts";
import { readRun } from "./read-run.ts";

/** A summary of a run: the content of run.json, computed from the journal, and whether the run is held. */
export interface RunOverview extends RunSummary {
  readonly kind: "run";
  readonly run: string;
  /** The run's process died without recording an end. The status is `interrupted` then. */
  readonly killed: boolean;
  /** When the current step or wait began, or when the run ended. */
  readonly since: string;
}

/** A run directory that cannot be read, with the reason. */
export interface UnreadableRun {
  readonly kind: "unreadable";
  readonly run: string;
  readonly run_dir: string;
  readonly problem: string;
}

/** The note for a run that was killed. */
export const KILLED_NOTE = "its process is gone; the same command resumes it";

/** All runs in a runs root by name, without archived ones. Changes nothing. */
export function overviewOf(
  root: string,
  { observer, only = () => true }: OverviewOptions,
): readonly (RunOverview | UnreadableRun)[] {
  if (hasNoRunsYet(root)) return [];
  const all = [...new Set([...listRuns(root), ...listClosedRuns(root)])].map((runDir) =>
    overviewOfRun(runDir, observer),
  );
  return all
    .filter((entry) => entry.kind === "unreadable" || only(entry))
    .toSorted((left, right) => left.run.localeCompare(right.run));
}

interface OverviewOptions {
  /** This process: `currentHolder()`. */
  readonly observer: Holder;
  readonly only?: (run: RunOverview) => boolean;
}

/** Summarizes one run. A damaged run is reported as such, so it does not hide the others. */
function overviewOfRun(runDir: string, observer: Holder): RunOverview | UnreadableRun {
  try {
    return readOverview(runDir, observer);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof StorageFailure)) throw error;
    return { kind: "unreadable", run: path.basename(runDir), run_dir: runDir, problem: error.message };
  }
}

/** Summarizes one run. @throws UsageError and StorageFailure for one that cannot be read. */
export function readOverview(runDir: string, observer: Holder): RunOverview {
  const { state } = readRun(runDir);
  return { ...describeRun(state, isHeld(runDir, observer)), run: path.basename(runDir), run_dir: runDir };
}

/** Combines a run's state with its lock. Pure. */
export function describeRun(state: RunState, held: boolean): RunOverview {
  const summary = runSummary(state);
  const killed = state.status.kind === "running" && !held;
  return {
    ...summary,
    kind: "run",
    run: path.basename(state.run_dir),
    status: killed ? "interrupted" : summary.status,
    killed,
    since: killed ? state.updated_at : sinceOf(state),
  };
}

/** The latest time at which a run is known to have been active, in epoch milliseconds: now while it is held, else its last event. Pure. */
export function knownUntilMs(state: RunState, { held, nowMs }: LiveFacts): number {
  const lastEventMs = Date.parse(state.updated_at);
  return held && state.status.kind === "running" ? Math.max(nowMs, lastEventMs) : lastEventMs;
}

/** Facts about a run that are not in its journal. */
export interface LiveFacts {
  readonly held: boolean;
  readonly nowMs: number;
}

/** Reads those facts now. */
export const readLiveFacts = (runDir: string, observer: Holder): LiveFacts => ({
  held: isHeld(runDir, observer),
  nowMs: Date.now(),
});

function sinceOf({ status, open, updated_at }: RunState): string {
  if (status.kind !== "running" || open === null) return updated_at;
  return open.phase.kind === "waiting" ? open.phase.wait.started_at : open.started_at;
}
