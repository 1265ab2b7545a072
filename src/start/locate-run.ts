import { statSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../core/failure.ts";
import { type Graph, loadGraph } from "../graph/graph.ts";
import { checkRunId, checkRunName, runDirectoryName } from "../store/layout.ts";
import { takesDirectories } from "../store/make-directory.ts";
import { type Environment, findRun, entryExists, type RunsPlace, runsRootOf } from "../runs/find-run.ts";
import { findLatest, type WantedWorkflow } from "../runs/latest-run.ts";
import type { RunSelection } from "./run-request.ts";
import { readStoredRun, type StoredRun } from "../runs/stored-run.ts";
import { workflowMatcher } from "../runs/workflow-match.ts";
import { identityIn, isUnreadable, readIdentity, type RunIdentity } from "../runs/run-identity.ts";

export interface LocatedRun {
  readonly graph: Graph;
  readonly name: string;
  readonly runId: string;
  readonly runDir: string;
  /** Identifies the workflow: its directory; in a container its directory on the host. */
  readonly workflowPath: string;
  /** The command names both run and workflow, so the workflow may have moved since the run stored its path. */
  readonly mayMove: boolean;
  /** The stored run, if it had to be read to find the run. */
  readonly stored?: StoredRun;
}

/**
 * Finds the workflow and the run directory that a command line means. Finds a damaged run too if it can be identified;
 * opening it then refuses or repairs it.
 * @throws UsageError for an invalid workflow, an unknown run, or names that would leave the runs directory.
 */
export async function locateRun(selection: RunSelection): Promise<LocatedRun> {
  if (selection.resume.kind === "none") return locateByWorkflow(selection);
  const { workflow, environment, resume } = selection;
  const named = resume.kind === "run" ? findRun(selection, resume.run) : undefined;
  const wanted = workflow === undefined ? undefined : await readWanted(workflow, environment);
  const runDir = named ?? findLatest(latestRoot(selection), wanted);
  const stored = readWhereSound(runDir);
  const known = stored === undefined ? identityOfRun(runDir, wanted) : identityIn(stored.state);
  const graph = wanted?.graph ?? (await loadGraph(mountedWorkflow(known.workflow.path, environment)));
  if (wanted === undefined) refuseOtherName(graph, known.name, environment);
  const mayMove = resume.kind === "run" && workflow !== undefined;
  const workflowPath = mayMove ? workflowIdentity(graph, environment) : known.workflow.path;
  const { name, runId } = known;
  return { graph, name, runId, runDir, workflowPath, mayMove, ...(stored && { stored }) };
}

interface NamedWorkflow extends WantedWorkflow {
  readonly graph: Graph;
  readonly path: string;
}

async function readWanted(workflow: string, environment: Environment): Promise<NamedWorkflow> {
  const graph = await loadGraph(workflow);
  const name = runName(graph, environment);
  return {
    graph,
    name,
    path: workflowIdentity(graph, environment),
    matches: workflowMatcher(workflow, environment),
  };
}

function latestRoot(place: RunsPlace): string {
  const root = runsRootOf(place);
  if (root !== undefined) return root;
  throw new UsageError("--resume-latest needs a workflow, --runs-dir or AGENT_RUNS_DIR to find runs.");
}

/** Undefined for a damaged run: opening it reports the damage. */
function readWhereSound(runDir: string): StoredRun | undefined {
  try {
    return readStoredRun(runDir, { mayBeDamaged: false });
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

/** Identifies a run. An unreadable one belongs to the workflow on the command line if its directory has that workflow's name. */
function identityOfRun(runDir: string, wanted: NamedWorkflow | undefined): RunIdentity {
  try {
    return readIdentity(runDir);
  } catch (error) {
    const directory = path.basename(runDir);
    if (!isUnreadable(error) || wanted === undefined || !directory.startsWith(`${wanted.name}-`)) throw error;
    const runId = directory.slice(wanted.name.length + 1);
    return { name: wanted.name, runId, workflow: { path: wanted.path } };
  }
}

/** A run stores only the directory of its workflow, which may contain another workflow file than the run's. */
function refuseOtherName(graph: Graph, storedName: string, environment: Environment): void {
  const name = runName(graph, environment);
  if (name === storedName) return;
  throw new UsageError(`${graph.file} is the workflow ${name}, but the run belongs to ${storedName}.`, {
    details: [
      "Name the workflow file too, together with --resume-run. This also accepts a renamed workflow.",
    ],
  });
}

async function locateByWorkflow({
  workflow,
  runId,
  runsDir,
  environment,
}: RunSelection): Promise<LocatedRun> {
  if (workflow === undefined) {
    throw new UsageError(
      "Which workflow? Name its directory, or resume a run with --resume-run or --resume-latest.",
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
    workflowPath: workflowIdentity(graph, environment),
    mayMove: false,
  };
}

/** @throws UsageError when the path or a parent is a file or a broken link, or no directory can be created there. */
function refuseNoDirectory(root: string): void {
  let place = root;
  let missing: string | undefined;
  for (; !entryExists(place); place = path.dirname(place)) missing = place;
  const isDirectory = statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isDirectory && (missing === undefined || takesDirectories(missing))) return;
  if (isDirectory)
    throw new UsageError(`The runs directory ${root} cannot be created: ${place} takes no directories.`, {
      details: ["Name another one with --runs-dir."],
    });
  throw new UsageError(`The runs directory ${root} cannot be created: ${place} is not a directory.`, {
    details: ["Name another one with --runs-dir; a link must lead to a directory that exists."],
  });
}

/** In a container every workflow is mounted at the same path, so the launcher passes its path on the host. */
const workflowIdentity = (graph: Graph, environment: Environment): string =>
  environment["LONGHAUL_WORKFLOW_HOST_PATH"] || graph.directory;

const runName = (graph: Graph, environment: Environment): string =>
  graph.declaresName ? graph.name : environment["LONGHAUL_WORKFLOW_NAME"] || graph.name;

/** The path of a stored workflow in this process: inside a container its mount replaces the path on the host. */
function mountedWorkflow(stored: string, environment: Environment): string {
  const isMounted = environment["LONGHAUL_WORKFLOW_HOST_PATH"] === stored;
  return isMounted ? (environment["LONGHAUL_WORKFLOW_DIR"] ?? "/workflow") : stored;
}
