import { lstatSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../core/failure.ts";
import { hasJournal } from "./stored-run.ts";
import { isWorkflowFile } from "./workflow-match.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a command line places the runs. */
export interface RunsPlace {
  readonly workflow: string | undefined;
  readonly runsDir: string | undefined;
  readonly environment: Environment;
}

/** The runs root of a command line; undefined when it names none and no workflow. */
export function runsRootOf({ workflow, runsDir, environment }: RunsPlace): string | undefined {
  const root = runsDir ?? (environment["AGENT_RUNS_DIR"] || undefined);
  if (root !== undefined) return path.resolve(root);
  if (workflow === undefined) return undefined;
  return path.resolve(isWorkflowFile(workflow) ? path.dirname(workflow) : workflow, "runs");
}

/** True for the runs root of a workflow that has no runs yet. The first run creates it. */
export const hasNoRunsYet = (root: string): boolean =>
  path.basename(root) === "runs" &&
  !entryExists(root) &&
  entryExists(path.join(path.dirname(root), "workflow.yaml"));

/**
 * Finds the run directory that the user names: a directory, or a name in the runs directory.
 * @throws UsageError when there is no run of that name.
 */
export function findRun(place: RunsPlace, run: string): string {
  const root = runsRootOf(place);
  const candidates = [path.resolve(run), ...(root === undefined ? [] : [path.join(root, run)])];
  const found = candidates.find(hasJournal);
  if (found !== undefined) return found;
  throw new UsageError(`There is no run ${run}.`, {
    details: [
      `Looked for a journal in: ${candidates.join(", ")}.`,
      "Name a run directory, or its name together with --runs-dir.",
    ],
  });
}

/** True when a path exists, even as a broken link. */
export function entryExists(place: string): boolean {
  try {
    return lstatSync(place, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // a parent is a file
  }
}
