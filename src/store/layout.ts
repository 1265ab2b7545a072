import { createHash } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { UsageError } from "../core/failure.ts";

/** Every path that Longhaul uses in a runs root is built here. */

const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const MAX_NAME_LENGTH = 100;

/** The paths in one run directory; docs/run-directory.md describes each. */
export interface RunLayout {
  readonly runDir: string;
  /** The truth about the run; every view can be rebuilt from it. */
  readonly journal: string;
  /** Snapshot of the state; the journal can replace it. */
  readonly checkpoint: string;
  readonly runJson: string;
  readonly contextJson: string;
  readonly steps: string;
  /** Files of steps whose events a repair has cut off. */
  readonly stepsBeforeRepair: string;
  /** Values over 64 KiB, named by their SHA-256. */
  readonly blobs: string;
  /** Requests that other processes leave for the holder. */
  readonly requests: string;
  readonly log: string;
  /** Output of the latest AGENT_NOTIFY_CMD. */
  readonly notify: string;
  /** Names the holder. It lies outside the run directory, so that `--fresh` can move that while holding the lock. */
  readonly lock: string;
  /** Ended locks. A lock is moved here under its id, so only one process can end it. */
  readonly pastLocks: string;
  /** The intent of a `--fresh` in progress. */
  readonly archiving: string;
  stepDir(step: number, node: string): string;
  attemptDir(step: number, node: string, attempt: number): string;
  /** Target of the links in a step's directory; relative, so that the run directory can be moved. */
  newestAttemptTarget(attempt: number): string;
  /** `<run>/<node>`: a link to the newest visit of the node. */
  newestLink(node: string): string;
  /** Target of that link; relative, so that the run directory can be moved. */
  newestLinkTarget(step: number, node: string): string;
  blob(sha256: string): string;
}

export function runLayout(runDir: string): RunLayout {
  const inRun = (...parts: string[]) => join(runDir, ...parts);
  const root = runsRootLayout(dirname(resolve(runDir)));
  const directoryName = basename(resolve(runDir));
  // Plain concatenation: these paths are built several times a step, and `join` takes ten times as long.
  const steps = inRun("steps");
  const stepDir = (step: number, node: string) => `${steps}/${stepName(step, node)}`;
  return {
    runDir,
    journal: inRun("journal.jsonl"),
    checkpoint: inRun("checkpoint.json"),
    runJson: inRun("run.json"),
    contextJson: inRun("context.json"),
    steps,
    stepsBeforeRepair: inRun("steps.before-repair"),
    blobs: inRun("blobs"),
    requests: inRun("requests"),
    log: inRun("longhaul.log"),
    notify: inRun("notify"),
    lock: join(root.locks, directoryName, "held"),
    pastLocks: join(root.locks, directoryName, "past"),
    archiving: join(root.archiving, `${directoryName}.json`),
    stepDir,
    attemptDir: (step, node, attempt) => `${stepDir(step, node)}/${attemptName(attempt)}`,
    newestAttemptTarget: attemptName,
    newestLink: (node) => inRun(node),
    newestLinkTarget: (step, node) => `steps/${stepName(step, node)}`,
    blob: (sha256) => inRun("blobs", sha256),
  };
}

/** What all runs in a runs root share, in one hidden directory. */
export interface RunsRootLayout {
  readonly startIds: string;
  readonly locks: string;
  readonly archiving: string;
  /** In a container: the file with the exit code of a start, which run.sh reads through Docker. */
  outcome(startId: string): string;
}

export function runsRootLayout(runsRoot: string): RunsRootLayout {
  const shared = join(runsRoot, ".longhaul");
  return {
    startIds: join(shared, "start-ids"),
    locks: join(shared, "locks"),
    archiving: join(shared, "archiving"),
    outcome: (startId) => join(runsRoot, ".outcomes", startId.replaceAll(/[^A-Za-z0-9._-]/g, "-")),
  };
}

/** `<name>-<run-id>`, a run's directory in its runs root. Throws `UsageError` when a part is not a plain name. */
export function runDirectoryName(name: string, runId: string): string {
  return `${checkRunName(name)}-${checkRunId(runId)}`;
}

/** Returns the run id, or throws `UsageError` that says what is allowed. */
export const checkRunId = (runId: string): string => checkName("run id", runId);

/** Returns the workflow's name, or throws `UsageError` that says what is allowed. */
export const checkRunName = (name: string): string => checkName("workflow name", name);

function checkName(what: string, name: string): string {
  if (NAME_PATTERN.test(name) && name.length <= MAX_NAME_LENGTH && !name.includes("..")) return name;
  const shown = name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name;
  throw new UsageError(`The ${what} ${JSON.stringify(shown)} cannot name a directory.`, {
    details: [
      `Allowed: 1 to ${MAX_NAME_LENGTH} letters, digits, dots, hyphens and underscores; a letter or digit first; no "..".`,
    ],
  });
}

/**
 * Where a run's agents work unless `--workspace` says otherwise. In the container that is the volume for workspaces
 * (`LONGHAUL_WORKSPACES_DIR`). On a host it is below the user's state directory, so outside the workflow's own git tree;
 * runs of the same name in two runs roots get different workspaces.
 */
export function defaultWorkspace({ runDir, env, home }: DefaultWorkspace): string {
  const path = resolve(runDir);
  const volume = env["LONGHAUL_WORKSPACES_DIR"];
  if (volume) return join(volume, basename(path));
  const state = env["XDG_STATE_HOME"];
  const base = state !== undefined && state.startsWith("/") ? state : join(home, ".local", "state");
  const root = createHash("sha256").update(dirname(path)).digest("hex").slice(0, 8);
  return join(base, "longhaul", "workspaces", root, basename(path));
}

interface DefaultWorkspace {
  readonly runDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home directory. */
  readonly home: string;
}

const stepName = (step: number, node: string): string => `${pad(step, 6)}-${node}`;

const attemptName = (attempt: number): string => `attempts/${pad(attempt, 2)}`;

const pad = (value: number, digits: number): string => String(value).padStart(digits, "0");

interface WorkspaceChoice extends DefaultWorkspace {
  /** `--workspace`. */
  readonly asked: string | undefined;
  /** The workspace that the run has used so far. */
  readonly stored: string | undefined;
}

/**
 * The workspace of a run, and whether it is Longhaul's own. Only a directory that bears the run's name is, and `--fresh`
 * archives only that.
 */
export function chooseWorkspace({ asked, stored, ...fallback }: WorkspaceChoice): ChosenWorkspace {
  const chosen = asked === undefined ? (stored ?? defaultWorkspace(fallback)) : resolve(asked);
  return { path: chosen, isOwn: basename(chosen) === basename(resolve(fallback.runDir)) };
}

export interface ChosenWorkspace {
  readonly path: string;
  /** Longhaul made it, so --fresh may archive it. */
  readonly isOwn: boolean;
}
