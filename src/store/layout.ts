import { createHash } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { UsageError } from "../core/failure.ts";

/** Every path that Longhaul uses in a runs root is made here. */

const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const MAX_NAME_LENGTH = 100;

/** Where things are in one run directory; docs/run-directory.md describes each. */
export interface RunLayout {
  readonly runDir: string;
  /** The truth. */
  readonly journal: string;
  /** Snapshot of the state, given back by the journal when it is missing. */
  readonly checkpoint: string;
  readonly runJson: string;
  readonly contextJson: string;
  readonly steps: string;
  /** What was below `steps` of events that a repair has cut off. */
  readonly stepsBeforeRepair: string;
  /** Values over 64 KiB, by their SHA-256. */
  readonly blobs: string;
  /** Other processes ask here. */
  readonly requests: string;
  readonly log: string;
  /** Output of the newest AGENT_NOTIFY_CMD. */
  readonly notify: string;
  /** Who holds the run: a directory beside the run, so that `--fresh` can move the run away while holding it. */
  readonly lock: string;
  /** Locks that ended, so that no two processes can end the same one. */
  readonly pastLocks: string;
  /** A `--fresh` under way. */
  readonly archiving: string;
  stepDir(step: number, node: string): string;
  attemptDir(step: number, node: string, attempt: number): string;
  /** Where links in a step's directory lead: relative, like those to the newest visit. */
  newestAttemptTarget(attempt: number): string;
  /** `<run>/<node>`: a link to the newest visit of the node. */
  newestLink(node: string): string;
  /** What the link says: relative, so that the run directory can be moved. */
  newestLinkTarget(step: number, node: string): string;
  blob(sha256: string): string;
}

export function runLayout(runDir: string): RunLayout {
  const inRun = (...parts: string[]) => join(runDir, ...parts);
  const root = runsRootLayout(dirname(resolve(runDir)));
  const directoryName = basename(resolve(runDir));
  // Put together by hand: these are asked for several times a step, and a general join takes ten times as long.
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

/** What all runs of a runs root share, in one hidden directory. */
export interface RunsRootLayout {
  readonly startIds: string;
  readonly locks: string;
  readonly archiving: string;
  /** In a container: the exit code that a start ended with, which run.sh reads through Docker. */
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

/** `<name>-<run-id>`, the directory of a run in its runs root. Throws `UsageError` when either would leave it. */
export function runDirectoryName(name: string, runId: string): string {
  return `${checkRunName(name)}-${checkRunId(runId)}`;
}

/** Returns the run id, or throws `UsageError` saying what is allowed. */
export const checkRunId = (runId: string): string => checkName("run id", runId);

/** Returns the workflow's name, or throws `UsageError` saying what is allowed. */
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
 * Where agents of a run work unless `--workspace` says otherwise: in the container on the volume for workspaces
 * (`LONGHAUL_WORKSPACES_DIR`), on a host under the user's state directory, so outside the workflow's own git tree. Runs of
 * the same name in two runs roots of a host do not share one.
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
  /** What the run has used so far. */
  readonly stored: string | undefined;
}

/**
 * The workspace of a run, and whether it is Longhaul's own: only a folder that bears the run's name is, and only that
 * one is archived by `--fresh`.
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
