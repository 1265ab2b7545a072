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

/** A run at a glance: what run.json says, made from the journal, and what its lock says about it now. */
export interface RunOverview extends RunSummary {
  readonly kind: "run";
  readonly run: string;
  /** A process of the run died without a word: its status is `interrupted` then. */
  readonly killed: boolean;
  /** Since when it is at its step, waits, or is over. */
  readonly since: string;
}

/** A run directory that cannot be read, and why. */
export interface UnreadableRun {
  readonly kind: "unreadable";
  readonly run: string;
  readonly run_dir: string;
  readonly problem: string;
}

/** What is said of a run that was killed. */
export const KILLED_NOTE = "its process is gone; the same command goes on with it";

/** All runs of a runs root, archived ones left out, in the order of their names. Changes nothing. */
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

/** One run at a glance; a damaged one says so instead of hiding the others. */
function overviewOfRun(runDir: string, observer: Holder): RunOverview | UnreadableRun {
  try {
    return readOverview(runDir, observer);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof StorageFailure)) throw error;
    return { kind: "unreadable", run: path.basename(runDir), run_dir: runDir, problem: error.message };
  }
}

/** One run at a glance. @throws UsageError and StorageFailure for one that cannot be read. */
export function readOverview(runDir: string, observer: Holder): RunOverview {
  const { state } = readRun(runDir);
  return { ...describeRun(state, isHeld(runDir, observer)), run: path.basename(runDir), run_dir: runDir };
}

/** What a state and the lock say together. Pure. */
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

/** Until when a run is known to have gone on, as epoch milliseconds: now while it is held, else its last event. Pure. */
export function knownUntilMs(state: RunState, { held, nowMs }: RunLook): number {
  const lastEventMs = Date.parse(state.updated_at);
  return held && state.status.kind === "running" ? Math.max(nowMs, lastEventMs) : lastEventMs;
}

/** What the journal of a run does not say. */
export interface RunLook {
  readonly held: boolean;
  readonly nowMs: number;
}

/** One look at a run as it is now. */
export const lookAtRun = (runDir: string, observer: Holder): RunLook => ({
  held: isHeld(runDir, observer),
  nowMs: Date.now(),
});

function sinceOf({ status, open, updated_at }: RunState): string {
  if (status.kind !== "running" || open === null) return updated_at;
  return open.phase.kind === "waiting" ? open.phase.wait.started_at : open.started_at;
}
