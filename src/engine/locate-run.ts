import { accessSync, constants, lstatSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../core/failure.ts";
import type { RunState } from "../core/run-state.ts";
import { type Graph, loadGraph } from "../graph/graph.ts";
import { checkRunId, checkRunName, runDirectoryName, runLayout } from "../store/layout.ts";
import { takesDirectories } from "../store/make-directory.ts";
import { errorCode } from "../store/storage-failure.ts";
import { hasJournal } from "./stored-state.ts";
import { isOfWorkflow, isWorkflowFile } from "./of-workflow.ts";
import { readRun } from "./read-run.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Which run a command line means. */
export interface RunSelection {
  readonly workflow: string | undefined;
  readonly runId: string | undefined;
  readonly runsDir: string | undefined;
  readonly resume:
    | { readonly kind: "none" }
    | { readonly kind: "latest" }
    | { readonly kind: "run"; readonly run: string };
  readonly environment: Environment;
}

export interface LocatedRun {
  readonly graph: Graph;
  readonly name: string;
  readonly runId: string;
  readonly runDir: string;
  /** What identifies the workflow: its directory, on the host where a container only sees a mount. */
  readonly workflowPath: string;
  /** The run was named, so it may go on with its workflow at another place than the stored one. */
  readonly mayMove: boolean;
}

/**
 * Finds the workflow and the run directory that a command line means.
 * @throws UsageError for an invalid workflow, an unknown run, or names that would leave the runs directory.
 */
export async function locateRun(selection: RunSelection): Promise<LocatedRun> {
  if (selection.resume.kind === "none") return locateByWorkflow(selection);
  const runDir =
    selection.resume.kind === "run" ? findRun(selection, selection.resume.run) : findLatest(selection);
  const { state } = readRun(runDir);
  const { workflow, environment } = selection;
  const graph = await loadGraph(workflow ?? mountedWorkflow(state, environment));
  const mayMove = selection.resume.kind === "run" && workflow !== undefined;
  const workflowPath = mayMove ? identityOf(graph, environment) : state.workflow.path;
  return { graph, name: state.name, runId: state.run_id, runDir, workflowPath, mayMove };
}

async function locateByWorkflow({
  workflow,
  runId,
  runsDir,
  environment,
}: RunSelection): Promise<LocatedRun> {
  if (workflow === undefined) {
    throw new UsageError(
      "Which workflow? Name its directory, or go on with a run by --resume-run or --resume-latest.",
    );
  }
  const id = checkRunId(runId ?? "default");
  const graph = await loadGraph(workflow);
  const name = checkRunName(runName(graph, environment));
  const root = path.resolve(runsDir ?? (environment["AGENT_RUNS_DIR"] || path.join(graph.directory, "runs")));
  refuseNoDirectory(root);
  return {
    graph,
    name,
    runId: id,
    runDir: path.join(root, runDirectoryName(name, id)),
    workflowPath: identityOf(graph, environment),
    mayMove: false,
  };
}

/** @throws UsageError when what stands there, or above it, is a file, a link to nothing, or takes no directories. */
function refuseNoDirectory(root: string): void {
  let place = root;
  let missing: string | undefined;
  for (; !isAnything(place); place = path.dirname(place)) missing = place;
  const isDirectory = statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isDirectory && (missing === undefined || takesDirectories(missing))) return;
  if (isDirectory)
    throw new UsageError(`The runs directory ${root} cannot be made: ${place} takes no directories.`, {
      details: ["Name another one with --runs-dir."],
    });
  throw new UsageError(`The runs directory ${root} cannot be made: ${place} is no directory.`, {
    details: ["Name another one with --runs-dir; a link must lead to a directory that exists."],
  });
}

function isAnything(place: string): boolean {
  try {
    return lstatSync(place, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // below a file: what stands in the way is further up
  }
}

/** In a container every workflow is mounted at the same place; its launcher passes on what the host calls it. */
const identityOf = (graph: Graph, environment: Environment): string =>
  environment["LONGHAUL_WORKFLOW_HOST_PATH"] || graph.directory;

const runName = (graph: Graph, environment: Environment): string =>
  graph.declaresName ? graph.name : environment["LONGHAUL_WORKFLOW_NAME"] || graph.name;

/** Where a stored workflow is now: the mount stands in for the host's path. */
function mountedWorkflow(state: RunState, environment: Environment): string {
  const isMounted = environment["LONGHAUL_WORKFLOW_HOST_PATH"] === state.workflow.path;
  return isMounted ? (environment["LONGHAUL_WORKFLOW_DIR"] ?? "/workflow") : state.workflow.path;
}

/** Where a command line says that runs are. */
export type RunsPlace = Pick<RunSelection, "workflow" | "runsDir" | "environment">;

/** The runs root of a command line that may not name a workflow. */
export function runsRootOf({ workflow, runsDir, environment }: RunsPlace): string | undefined {
  const root = runsDir ?? (environment["AGENT_RUNS_DIR"] || undefined);
  if (root !== undefined) return path.resolve(root);
  if (workflow === undefined) return undefined;
  return path.resolve(isWorkflowFile(workflow) ? path.dirname(workflow) : workflow, "runs");
}

/** The runs root of a workflow that has none yet: its first run makes it. */
export const isStillToCome = (root: string): boolean =>
  path.basename(root) === "runs" &&
  !isAnything(root) &&
  isAnything(path.join(path.dirname(root), "workflow.yaml"));

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

function findLatest(selection: RunSelection): string {
  const root = runsRootOf(selection);
  if (root === undefined)
    throw new UsageError("--resume-latest needs a workflow, --runs-dir or AGENT_RUNS_DIR to look in.");
  const runs = listRuns(root).map((runDir) => ({
    runDir,
    activeMs: statSync(runLayout(runDir).journal).mtimeMs,
  }));
  const byActivity = runs.sort((left, right) => right.activeMs - left.activeMs);
  const { workflow, environment } = selection;
  const isWanted = workflow === undefined ? undefined : isOfWorkflow(workflow, environment);
  const latest = byActivity.find(
    ({ runDir }) => isWanted === undefined || isWanted(readRun(runDir).state.workflow),
  );
  if (latest !== undefined) return latest.runDir;
  if (runs.length === 0) throw new UsageError(`There is no run in ${root}.`);
  throw new UsageError(`There is no run of this workflow in ${root}, only of others.`, {
    details: ["If one of them is of this workflow, only moved: name it with --resume-run."],
  });
}

/** The run directories of a runs root, archived ones left out. */
export const listRuns = (root: string): readonly string[] =>
  listDirectories(root)
    .filter(hasJournal)
    .filter((runDir) => !isArchive(runDir));

/** Directories with the name of a run that this user may not look into. */
export const listClosedRuns = (root: string): readonly string[] =>
  listDirectories(root).filter((directory) => path.basename(directory).includes("-") && isClosed(directory));

function isClosed(directory: string): boolean {
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
    return false;
  } catch (error) {
    return errorCode(error) === "EACCES";
  }
}

function listDirectories(root: string): readonly string[] {
  try {
    const entries = readdirSync(root, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(root, name));
  } catch (error) {
    throw new UsageError(`The runs directory ${root} cannot be read.`, {
      details: [String(error)],
      cause: error,
    });
  }
}

/** `….1` and the like are what `--fresh` archived, unless the run id itself ends so. */
function isArchive(runDir: string): boolean {
  const directory = path.basename(runDir);
  if (!/\.\d+$/.test(directory)) return false;
  try {
    const { state } = readRun(runDir);
    return runDirectoryName(state.name, state.run_id) !== directory;
  } catch {
    return true; // unreadable; what is current is named by those who look for it
  }
}
