import { statSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../core/failure.ts";
import { runLayout } from "../store/layout.ts";
import { listRuns } from "./list-runs.ts";
import { isUnreadable, readIdentity, type RunIdentity } from "./run-identity.ts";

/** The workflow whose runs are looked at. */
export interface WantedWorkflow {
  /** The name that its runs have. */
  readonly name: string;
  readonly matches: (stored: RunIdentity["workflow"]) => boolean;
}

/**
 * The run in this runs root that was active last, of one workflow where one is given. A damaged one counts unless it is known
 * to be of another: to go on with an older run instead would be a choice that only a person can make.
 * @throws UsageError when there is none.
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
    details: ["If one of them is of this workflow, only moved: name it with --resume-run."],
  });
}

/** Of a run that tells nothing about itself the directory's name is left. */
function mayBeOf({ name, matches }: WantedWorkflow, runDir: string): boolean {
  try {
    return matches(readIdentity(runDir).workflow);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return path.basename(runDir).startsWith(`${name}-`);
  }
}
