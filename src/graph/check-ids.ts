import type { ReadWorkflow, Report } from "./read-workflow.ts";
import type { Path } from "./read-yaml.ts";
import { BUILT_IN_CONTEXT_KEYS, type Node } from "./schema.ts";

/** Names that the run directory uses itself, where every node has a link, and words with a meaning as a target. */
const RESERVED_IDS = new Set([
  "default",
  "fail",
  "steps",
  "requests",
  "blobs",
  "attempts",
  "archive",
  "lock",
  "notify",
]);
const BUILT_IN = new Set<string>(BUILT_IN_CONTEXT_KEYS);
/** Words of the template language; a template cannot read a value with such a name. */
const TEMPLATE_WORDS = new Set([
  "and",
  "or",
  "not",
  "in",
  "is",
  "if",
  "else",
  "true",
  "false",
  "none",
  "null",
  "loop",
]);
const RESERVED_ENV_PREFIX = "LONGHAUL_";

/** Checks that ids are unique ignoring case and not reserved, and that no name hides a built-in context key. */
export function checkIds(workflow: ReadWorkflow, report: Report): void {
  checkNodeIds(workflow, report);
  for (const name of Object.keys(workflow.header?.vars ?? {}))
    checkContextName({ name, path: ["vars", name], what: "var" }, report);
  for (const name of Object.keys(workflow.header?.env ?? {})) {
    if (!name.startsWith(RESERVED_ENV_PREFIX)) continue;
    report.error(
      { path: ["env", name], at: "key" },
      `environment variables may not begin with ${RESERVED_ENV_PREFIX}`,
      "Choose another name.",
    );
  }
  for (const { node, path } of workflow.nodes) checkNodeNames(node, path, report);
}

function checkNodeIds({ ids }: ReadWorkflow, report: Report): void {
  const seen = new Map<string, string>();
  for (const { id, path } of ids) {
    const folded = id.toLowerCase();
    const earlier = seen.get(folded);
    if (earlier !== undefined) {
      const message =
        earlier === id
          ? `the id \`${id}\` is used twice`
          : `the ids \`${earlier}\` and \`${id}\` differ only in case`;
      report.error({ path, node: id }, message, "Give one of the two nodes another id.");
    } else if (RESERVED_IDS.has(folded)) {
      report.error({ path, node: id }, `the id \`${id}\` is reserved`, "Choose another id.");
    }
    seen.set(folded, earlier ?? id);
  }
}

function checkNodeNames(node: Node, path: Path, report: Report): void {
  if (node.type !== "agent" && node.type !== "script") return;
  const keys = new Set<string>();
  for (const [index, { key }] of (node.outputs ?? []).entries()) {
    const place = { path: [...path, "outputs", index, "key"], node: node.id };
    checkContextName({ name: key, what: "output", ...place }, report);
    if (keys.has(key))
      report.error(place, `the output \`${key}\` is declared twice`, "Remove one of the two.");
    keys.add(key);
  }
  for (const name of Object.keys(node.set ?? {})) {
    checkContextName({ name, what: "`set` key", path: [...path, "set", name], node: node.id }, report);
  }
}

interface ContextName {
  readonly name: string;
  readonly what: string;
  readonly path: Path;
  readonly node?: string;
}

function checkContextName({ name, what, path, node }: ContextName, report: Report): void {
  const place = { path, at: what === "output" ? "value" : "key", node } as const;
  if (BUILT_IN.has(name))
    report.error(
      place,
      `\`${name}\` is a built-in context key and cannot name a ${what}`.replace("a output", "an output"),
      "Choose another name.",
    );
  if (TEMPLATE_WORDS.has(name.toLowerCase()))
    report.error(place, `\`${name}\` is a word of the template language`, "Choose another name.");
}
