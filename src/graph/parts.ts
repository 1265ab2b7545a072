import { createHash } from "node:crypto";
import type { WorkflowParts } from "../core/vocabulary.ts";
import type { Node } from "./schema.ts";
import type { WorkflowFile } from "./workflow-files.ts";

interface Sources {
  /** The workflow's fields outside the nodes, by their names in the file. */
  readonly header: Readonly<Record<string, unknown>>;
  readonly nodes: readonly Node[];
  readonly files: readonly WorkflowFile[];
}

/** A short hash of every field of the workflow, so that a later start can report what was edited. */
export function workflowParts({ header, nodes, files }: Sources): WorkflowParts {
  const texts = new Map(files.map(({ name, content }) => [name, shortHash(content)]));
  return {
    header: hashed(header),
    nodes: Object.fromEntries(nodes.map((node) => [node.id, nodeParts(node, texts)])),
  };
}

function nodeParts(node: Node, texts: ReadonlyMap<string, string>): Record<string, string> {
  const { id: _id, ...fields } = node;
  const file = node.type === "agent" ? node.prompt : node.type === "script" ? node.script : undefined;
  const text = file === undefined ? undefined : texts.get(file);
  const named = Object.entries(fields).map(([name, value]) => [name.replace(/_ms$/, ""), value]);
  return {
    ...hashed(Object.fromEntries(named)),
    ...(text !== undefined && { [`text of the ${node.type === "agent" ? "prompt" : "script"}`]: text }),
  };
}

const hashed = (fields: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, shortHash(JSON.stringify(value))]),
  );

const shortHash = (content: string | Buffer): string =>
  createHash("sha256").update(content).digest("hex").slice(0, 12);
