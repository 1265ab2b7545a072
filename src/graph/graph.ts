import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { counted } from "../core/counted.ts";
import { UsageError } from "../core/failure.ts";
import type { JsonObject } from "../core/json.ts";
import type { Limits } from "../core/limits.ts";
import type { WorkflowParts } from "../core/vocabulary.ts";
import { checkWorkflow, workflowName } from "./check.ts";
import { workflowParts } from "./parts.ts";
import { formatProblem, inOrder, type Problem } from "./problem.ts";
import { readWorkflow } from "./read-workflow.ts";
import { MAX_FILE_BYTES } from "./read-yaml.ts";
import type { Requirement } from "./requires-schema.ts";
import type { Node } from "./schema.ts";
import { isMissing, readTextFile, type WorkflowFile } from "./workflow-files.ts";

/** A workflow that passed all checks. Only its scripts are read from disk again, when they run. */
export interface Graph {
  readonly name: string;
  /** Whether the file has its own `name:`; otherwise the name is its directory's. */
  readonly declaresName: boolean;
  /** Absolute path of the workflow directory. */
  readonly directory: string;
  /** Absolute path of the workflow file. */
  readonly file: string;
  /** SHA-256 (hex) of the workflow file and all prompts and scripts that it names. */
  readonly hash: string;
  readonly parts: WorkflowParts;
  readonly start: string;
  readonly vars: JsonObject;
  /** Templates, by variable name. */
  readonly env: Readonly<Record<string, string>>;
  readonly requires: readonly Requirement[];
  /** Templates, by name. */
  readonly labels: Readonly<Record<string, string>>;
  readonly limits: Limits;
  readonly nodes: ReadonlyMap<string, Node>;
  /** Template text of each agent node. */
  readonly prompts: ReadonlyMap<string, string>;
  readonly warnings: readonly Problem[];
}

/** Loads a workflow directory or file. Throws a UsageError with one detail line per error of the workflow. */
export async function loadGraph(workflowPath: string): Promise<Graph> {
  const { graph, problems } = await inspectGraph(workflowPath);
  if (graph) return graph;
  const errors = problems.filter((problem) => problem.severity === "error");
  const count = counted(errors.length, "error");
  throw new UsageError(`the workflow ${workflowPath} is not valid: ${count}`, {
    details: errors.map(formatProblem),
  });
}

/**
 * Loads a workflow and returns all errors and warnings; `graph` is undefined when there is an error. Throws UsageError
 * when there is no file to read.
 */
export async function inspectGraph(
  workflowPath: string,
): Promise<{ graph?: Graph; problems: readonly Problem[] }> {
  const file = await findWorkflowFile(workflowPath);
  const reading = await readTextFile(file, MAX_FILE_BYTES);
  if ("message" in reading)
    throw new UsageError(`${file}: ${reading.message}`, { details: [reading.remedy] });
  const { workflow, problems } = readWorkflow(reading.text, file);
  const checked = workflow && (await checkWorkflow(workflow, file));
  const all = inOrder([...problems, ...(checked?.problems ?? [])]);
  if (!workflow?.header || !checked || all.some((problem) => problem.severity === "error"))
    return { problems: all };
  const { start, vars = {}, env = {}, requires = [], labels = {}, limits = {} } = workflow.header;
  const graph: Graph = {
    name: workflowName(workflow.header.name, file),
    declaresName: workflow.header.name !== undefined,
    directory: path.dirname(path.resolve(file)),
    file: path.resolve(file),
    hash: hashOf(reading.text, checked.files),
    parts: workflowParts({
      header: { start, vars, env, requires, labels, limits },
      nodes: workflow.nodes.map(({ node }) => node),
      files: checked.files,
    }),
    start,
    vars,
    env,
    requires,
    labels,
    limits,
    nodes: new Map(workflow.nodes.map(({ node }) => [node.id, node])),
    prompts: checked.prompts,
    warnings: all,
  };
  return { graph, problems: all };
}

const FILE_NAME = "workflow.yaml";

async function findWorkflowFile(workflowPath: string): Promise<string> {
  const found = await look(workflowPath);
  if (!found) throw new UsageError(`there is no workflow at ${workflowPath}`, { details: [WHAT_TO_NAME] });
  if (!found.isDirectory()) return workflowPath;
  const file = path.join(workflowPath, FILE_NAME);
  if (await look(file)) return file;
  throw new UsageError(`the directory ${workflowPath} holds no ${FILE_NAME}`, { details: [WHAT_TO_NAME] });
}

/** Undefined when nothing exists there. Throws UsageError when it cannot be read. */
async function look(place: string): Promise<Stats | undefined> {
  try {
    return await stat(place);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new UsageError(`the workflow ${place} cannot be read`, {
      details: [String(error), "Give this user the right to read it, and every directory above it."],
      cause: error,
    });
  }
}

const WHAT_TO_NAME = `Name a workflow directory (one that holds ${FILE_NAME}) or a workflow file.`;

/** Hashes names and contents, each with its length, so that different sets of files never give the same input. */
function hashOf(workflowText: string, files: readonly WorkflowFile[]): string {
  const hash = createHash("sha256");
  const add = (name: string, content: string | Buffer) =>
    hash.update(`${name}\0${Buffer.byteLength(content)}\0`).update(content);
  add(FILE_NAME, workflowText);
  const sorted = [...files].sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const { name, content } of sorted) add(name, content);
  return hash.digest("hex");
}
