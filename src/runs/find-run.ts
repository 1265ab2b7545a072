import { lstatSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../core/failure.ts";
import { hasJournal } from "./stored-run.ts";
import { isWorkflowFile } from "./workflow-match.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a command line says that runs are. */
export interface RunsPlace {
  readonly workflow: string | undefined;
  readonly runsDir: string | undefined;
  readonly environment: Environment;
}

/** The runs root of a command line that may not name a workflow. */
export function runsRootOf({ workflow, runsDir, environment }: RunsPlace): string | undefined {
  const root = runsDir ?? (environment["AGENT_RUNS_DIR"] || undefined);
  if (root !== undefined) return path.resolve(root);
  if (workflow === undefined) return undefined;
  return path.resolve(isWorkflowFile(workflow) ? path.dirname(workflow) : workflow, "runs");
}

/** The runs root of a workflow that has none yet: its first run makes it. */
export const hasNoRunsYet = (root: string): boolean =>
  path.basename(root) === "runs" &&
  !entryExists(root) &&
  entryExists(path.join(path.dirname(root), "workflow.yaml"));

/**
 * The run directory that a person names: a directory, or a name in the runs directory.
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

/** Whether anything stands at a path, be it a link to nothing. */
export function entryExists(place: string): boolean {
  try {
    return lstatSync(place, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // below a file: what stands in the way is further up
  }
}
