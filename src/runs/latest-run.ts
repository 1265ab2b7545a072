import { statSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../core/failure.ts";
import { runLayout } from "../store/layout.ts";
import { listRuns } from "./list-runs.ts";
import { isUnreadable, readIdentity, type RunIdentity } from "./run-identity.ts";

/** The workflow whose runs are considered. */
export interface WantedWorkflow {
  /** The name of its runs. */
  readonly name: string;
  readonly matches: (stored: RunIdentity["workflow"]) => boolean;
}

/**
 * The most recently active run in this runs root, of one workflow if one is given. Includes a damaged run unless it is known
 * to belong to another workflow: only the user may choose to resume an older run instead.
 * @throws UsageError when there is no run.
 */
export function findLatest(root: string, wanted?: WantedWorkflow): string {
  const runs = listRuns(root).flatMap((runDir) => {
    const journal = statSync(runLayout(runDir).journal, { throwIfNoEntry: false });
    return journal === undefined ? [] : [{ runDir, activeMs: journal.mtimeMs }];
  });
  const byActivity = runs.sort((left, right) => right.activeMs - left.activeMs);
  const latest = byActivity.find(({ runDir }) => wanted === undefined || mayBeOf(wanted, runDir));
  if (latest !== undefined) return latest.runDir;
  if (runs.length === 0) throw new UsageError(`There is no run in ${root}.`);
  throw new UsageError(`There is no run of this workflow in ${root}, only of others.`, {
    details: ["If the workflow was moved, name its run with --resume-run."],
  });
}

/** For an unreadable run only the directory's name remains. */
function mayBeOf({ name, matches }: WantedWorkflow, runDir: string): boolean {
  try {
    return matches(readIdentity(runDir).workflow);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return path.basename(runDir).startsWith(`${name}-`);
  }
}
