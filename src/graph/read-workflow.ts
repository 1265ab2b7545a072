import type { z } from "zod";
import { isJsonObject } from "../core/json.ts";
import { nearestName } from "../core/nearest-name.ts";
import type { Problem } from "./problem.ts";
import { type Path, readYaml, type YamlFile } from "./read-yaml.ts";
import { LATER_NODE_TYPES, type Node, NODE_SCHEMAS, workflowHeaderSchema } from "./schema.ts";
import { describeIssues } from "./schema-problems.ts";

type Header = z.output<typeof workflowHeaderSchema>;

/** A workflow file, as far as it could be read; the input of the checks. */
export interface ReadWorkflow {
  readonly file: string;
  readonly yaml: YamlFile;
  /** Undefined when a field outside the nodes is invalid. */
  readonly header: Header | undefined;
  readonly nodes: readonly LocatedNode[];
  /** Ids of all nodes, including nodes that are otherwise invalid, so that no target is wrongly reported as missing. */
  readonly ids: readonly LocatedId[];
  /** Every node's id was readable. Only then are all targets known. */
  readonly hasAllIds: boolean;
  /** Every node was readable. Only then do checks of the whole graph make sense. */
  readonly isComplete: boolean;
}

export interface LocatedNode {
  readonly node: Node;
  readonly path: Path;
}
interface LocatedId {
  readonly id: string;
  readonly path: Path;
}

/** Reads the text of a workflow file and reports all problems of form. `workflow` is undefined when the YAML is broken. */
export function readWorkflow(
  text: string,
  file: string,
): { workflow: ReadWorkflow | undefined; problems: Problem[] } {
  const reading = readYaml(text);
  if ("problems" in reading) {
    return {
      workflow: undefined,
      problems: reading.problems.map((problem) => ({ severity: "error", file, ...problem })),
    };
  }
  const yaml = reading.file;
  const report = newReport(file, yaml);
  const header = readHeader(yaml.value, report);
  const entries = isJsonObject(yaml.value) && Array.isArray(yaml.value["nodes"]) ? yaml.value["nodes"] : [];
  const nodes = entries.flatMap((entry: unknown, index) => {
    const node = readNode(entry, ["nodes", index], report);
    return node ? [{ node, path: ["nodes", index] }] : [];
  });
  const ids = entries.flatMap((entry: unknown, index) =>
    isJsonObject(entry) && typeof entry["id"] === "string"
      ? [{ id: entry["id"], path: ["nodes", index, "id"] }]
      : [],
  );
  return {
    workflow: {
      file,
      yaml,
      header,
      nodes,
      ids,
      hasAllIds: ids.length === entries.length,
      isComplete: nodes.length === entries.length,
    },
    problems: report.problems,
  };
}

/** The place of a problem; `at: "key"` points to the key instead of its value. */
export interface Place {
  readonly path: Path;
  readonly at?: "key" | "value";
  readonly node?: string | undefined;
}

/** Collects problems of one file and turns their place in the YAML into a line and a column. */
export interface Report {
  readonly problems: Problem[];
  readonly error: (place: Place, message: string, remedy: string) => void;
  readonly warn: (place: Place, message: string, remedy: string) => void;
}

export function newReport(file: string, yaml: YamlFile): Report {
  const problems: Problem[] = [];
  const add = (severity: Problem["severity"]) => (place: Place, message: string, remedy: string) => {
    const position = (place.at === "key" ? yaml.keyPositionOf : yaml.positionOf)(place.path);
    problems.push({
      severity,
      file,
      ...position,
      ...(place.node === undefined ? {} : { node: place.node }),
      message,
      remedy,
    });
  };
  return { problems, error: add("error"), warn: add("warning") };
}

function readHeader(value: unknown, report: Report): Header | undefined {
  if (!isJsonObject(value)) {
    report.error(
      { path: [] },
      "this is not a workflow: the file must hold an object",
      "Begin with `start:` and `nodes:`.",
    );
    return undefined;
  }
  const parsed = workflowHeaderSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { message, remedy, ...place } of describeIssues(parsed.error.issues, {
    schema: workflowHeaderSchema,
    input: value,
  })) {
    report.error(place, message, remedy);
  }
  return undefined;
}

function readNode(entry: unknown, path: Path, report: Report): Node | undefined {
  if (!isJsonObject(entry)) {
    report.error(
      { path },
      "a node must be an object",
      "Write `- id: ...` with its `type:` and what belongs to it.",
    );
    return undefined;
  }
  const id = typeof entry["id"] === "string" ? entry["id"] : undefined;
  const type = entry["type"];
  if (!isNodeType(type)) {
    const isMissing = type === undefined;
    report.error({ path: isMissing ? path : [...path, "type"], node: id }, wrongType(type), typeRemedy(type));
    return undefined;
  }
  const schema = NODE_SCHEMAS[type];
  const parsed = schema.safeParse(entry);
  if (parsed.success) return parsed.data;
  for (const problem of describeIssues(parsed.error.issues, { schema, input: entry })) {
    report.error(
      { path: [...path, ...problem.path], at: problem.at, node: id },
      problem.message,
      problem.remedy,
    );
  }
  return undefined;
}

const NODE_TYPES = Object.keys(NODE_SCHEMAS);

const isNodeType = (type: unknown): type is keyof typeof NODE_SCHEMAS =>
  typeof type === "string" && Object.hasOwn(NODE_SCHEMAS, type);

function wrongType(type: unknown): string {
  if (type === undefined) return "`type` is missing";
  const isLater = typeof type === "string" && LATER_NODE_TYPES.includes(type);
  return isLater
    ? `node type \`${type}\` is not in this version`
    : `unknown node type ${JSON.stringify(type)}`;
}

function typeRemedy(type: unknown): string {
  const nearest =
    typeof type === "string" && !LATER_NODE_TYPES.includes(type) ? nearestName(type, NODE_TYPES) : undefined;
  return nearest === undefined ? `Use one of ${NODE_TYPES.join(", ")}.` : `Did you mean \`${nearest}\`?`;
}
