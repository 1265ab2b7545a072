import path from "node:path";
import { checkFlow } from "./check-flow.ts";
import { checkIds } from "./check-ids.ts";
import { checkFiles } from "./check-files.ts";
import { checkNames } from "./check-names.ts";
import { checkOutputs } from "./check-outputs.ts";
import { checkTargets } from "./check-targets.ts";
import { checkTemplates } from "./check-templates.ts";
import { newReport, type ReadWorkflow } from "./read-workflow.ts";
import type { Problem } from "./problem.ts";
import { WORKFLOW_NAME } from "./schema.ts";
import type { WorkflowFile } from "./workflow-files.ts";

/** What the checks found, and what they read for it. */
export interface CheckedWorkflow {
  readonly problems: readonly Problem[];
  /** Template text of each agent node whose prompt was readable. */
  readonly prompts: ReadonlyMap<string, string>;
  /** Prompts and scripts, each file once. */
  readonly files: readonly WorkflowFile[];
}

/**
 * All checks of a workflow beyond its form. Skips checks of the whole graph while a node is unreadable, because they
 * would only report consequences of that.
 */
export async function checkWorkflow(workflow: ReadWorkflow, file: string): Promise<CheckedWorkflow> {
  const report = newReport(workflow.file, workflow.yaml);
  checkWorkflowName(workflow, file, report.error);
  checkIds(workflow, report);
  checkTargets(workflow, report);
  const { prompts, files } = await checkFiles(workflow, path.dirname(path.resolve(file)), report);
  const templates = checkTemplates({ workflow, prompts, report });
  await checkOutputs(workflow, report);
  if (workflow.isComplete && workflow.header && hasUniqueIds(workflow)) {
    checkFlow(workflow, report);
    checkNames({ workflow, templates, report });
  }
  return {
    problems: report.problems,
    prompts: new Map([...prompts].map(([id, prompt]) => [id, prompt.text])),
    files,
  };
}

const hasUniqueIds = ({ ids }: ReadWorkflow): boolean => new Set(ids.map(({ id }) => id)).size === ids.length;

/** The workflow's own name, else that of its directory. */
export const workflowName = (name: string | undefined, file: string): string =>
  name ?? path.basename(path.dirname(path.resolve(file)));

function checkWorkflowName(
  workflow: ReadWorkflow,
  file: string,
  error: ReturnType<typeof newReport>["error"],
): void {
  if (!workflow.header || workflow.header.name !== undefined) return;
  const name = workflowName(undefined, file);
  if (WORKFLOW_NAME.test(name)) return;
  error(
    { path: [] },
    `the directory's name ${JSON.stringify(name)} cannot name run directories`,
    `Add a line \`name: ${nameLike(name)}\` to the file: letters, digits, dots, - and _, at most 64.`,
  );
}

/** A directory's name without the characters that a run's name must not have. */
const nameLike = (name: string): string =>
  name
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+|-+$/g, "")
    .slice(0, 64) || "my-workflow";
