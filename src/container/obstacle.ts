import { accessSync, constants, readdirSync } from "node:fs";
import path from "node:path";
import { EXIT, type ExitCode } from "../core/failure.ts";
import { quoteForShell } from "../core/quote-for-shell.ts";
import { isWorkflowFile } from "../runs/workflow-match.ts";
import type { Places } from "./places.ts";
import { userName } from "./user-name.ts";

/** A problem that a person must fix before anything can start. */
export interface Obstacle {
  readonly exitCode: ExitCode;
  readonly says: string;
  /** True if not even the exit code can be stored, so that the container cannot idle with it. */
  readonly isFinal: boolean;
}

interface Question {
  readonly places: Places;
  /** `WORKFLOW_DIR`: the workflow's path on the host. */
  readonly hostPath: string | undefined;
  readonly needsWorkflow: boolean;
}

/** Returns the first problem of this user with the volumes and the workflow. */
export function findObstacle({ places, hostPath, needsWorkflow }: Question): Obstacle | undefined {
  const { workspace, home, runs, temporary } = places;
  const closed = [workspace, home, runs, temporary].find((place) => !allows(place, constants.W_OK));
  if (closed !== undefined) {
    const says = `${closed} is not writable for ${whoAmI()}. Fix the volume's owner or mount.`;
    return { exitCode: EXIT.notReady, says, isFinal: closed === runs || closed === temporary };
  }
  const says = needsWorkflow ? workflowProblem(places.workflow, hostPath) : undefined;
  return says === undefined ? undefined : { exitCode: EXIT.usage, says, isFinal: false };
}

function workflowProblem(workflow: string, hostPath: string | undefined): string | undefined {
  if (hostPath && !path.isAbsolute(hostPath))
    return `WORKFLOW_DIR is '${hostPath}'; give an absolute path: it is part of the run's identity`;
  const files = workflowFiles(workflow);
  if (files?.length === 0)
    return `there is no workflow: mount a folder with a workflow.yaml at ${workflow} (WORKFLOW_DIR for compose)`;
  const closed = files === undefined ? workflow : files.find((file) => !allows(file, constants.R_OK));
  if (closed === undefined) return undefined;
  const onHost = hostPath || workflow;
  const shown = `${onHost}${closed.slice(workflow.length)}`;
  return `${whoAmI()} cannot read ${shown}. On the host: chmod -R a+rX ${quoteForShell(onHost)}`;
}

/** Undefined if this user cannot read the folder. */
function workflowFiles(workflow: string): readonly string[] | undefined {
  try {
    const names = readdirSync(workflow).filter(isWorkflowFile);
    return names.map((name) => path.join(workflow, name));
  } catch {
    return undefined;
  }
}

function allows(place: string, mode: number): boolean {
  try {
    accessSync(place, mode);
    return true;
  } catch {
    return false;
  }
}

const whoAmI = (): string => `${userName()} (uid ${process.getuid?.() ?? "unknown"})`;
