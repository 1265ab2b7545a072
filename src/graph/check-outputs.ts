import type { JsonObject } from "../core/json.ts";
import { checkTemplate } from "../prompts/render.ts";
import type { ReadWorkflow, Report } from "./read-workflow.ts";
import type { Path } from "./read-yaml.ts";
import type { Node, Output } from "./schema.ts";

/**
 * Checks that output schemas compile and accept their defaults, that outputs which may be defaulted declare a default, and
 * that branches on answers have a default.
 */
export async function checkOutputs(workflow: ReadWorkflow, report: Report): Promise<void> {
  const agentOutputs = new Set<string>();
  for (const { node, path } of workflow.nodes) {
    if (node.type !== "agent" && node.type !== "script") continue;
    for (const [index, output] of (node.outputs ?? []).entries()) {
      if (node.type === "agent") agentOutputs.add(output.key);
      const outputPath = [...path, "outputs", index];
      if (mayUseDefault(node)) checkDefault({ output, path: outputPath, node: node.id }, report);
      if (output.schema) await checkSchema({ output, path: outputPath, node: node.id }, report);
    }
  }
  for (const { node, path } of workflow.nodes) {
    if (node.type === "branch") checkBranchDefault({ node, path, agentOutputs }, report);
  }
}

const mayUseDefault = (node: Extract<Node, { type: "agent" | "script" }>): boolean =>
  node.on_exhausted === "default" || (node.on_exhausted === undefined && node.type === "agent");

interface LocatedOutput {
  readonly output: Output;
  readonly path: Path;
  readonly node: string;
}

function checkDefault({ output, path, node }: LocatedOutput, report: Report): void {
  if (output.default !== undefined || output.optional === true) return;
  const message = `the output \`${output.key}\` declares no default and becomes null when no usable answer can be had`;
  report.warn({ path, node }, message, "Declare `default:` (null is allowed), or set `on_exhausted`.");
}

async function checkSchema({ output, path, node }: LocatedOutput, report: Report): Promise<void> {
  const validator = await newValidator();
  try {
    const validate = validator.compile(withoutDialect(output.schema ?? {}));
    if (output.default === undefined || output.default === null || validate(output.default)) return;
    const reasons = (validate.errors ?? []).map(
      ({ instancePath, message }) => `${instancePath || "it"} ${message ?? ""}`,
    );
    const message = `the default of \`${output.key}\` does not match its schema: ${reasons.join(", ")}`;
    report.warn({ path: [...path, "default"], node }, message, "Correct one of the two.");
  } catch (error) {
    const message = `the schema of \`${output.key}\` is not a valid JSON Schema: ${firstReason(error)}`;
    report.error({ path: [...path, "schema"], node }, message, "Correct the schema.");
  }
}

/**
 * Loaded only for workflows that declare a schema, and fresh each time, so that equal `$id`s do not collide. Compiling
 * checks every keyword's form. Validating each schema against the meta-schema as well would find nothing more and triple
 * the time to the first step.
 */
async function newValidator() {
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  return new Ajv2020({
    strict: false,
    validateFormats: false,
    logger: false,
    meta: false,
    validateSchema: false,
  });
}

/** The validator has no meta-schema, so it could not resolve a `$schema`. */
const withoutDialect = (schema: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => key !== "$schema"));

const firstReason = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error);
  const wrongTypes = /^type must be JSONType.*: (.*)$/u.exec(message)?.[1]; // the library's own name for them
  if (wrongTypes !== undefined) return `there is no type \`${wrongTypes}\`, only ${TYPES}`;
  return message.replace("schema is invalid: data", "").split(",", 1)[0] ?? "";
};

const TYPES = "string, number, integer, boolean, object, array and null";

interface LocatedBranch {
  readonly node: Extract<Node, { type: "branch" }>;
  readonly path: Path;
  readonly agentOutputs: ReadonlySet<string>;
}

/** An agent may answer anything, so a branch on its answer needs a default. */
function checkBranchDefault({ node, path, agentOutputs }: LocatedBranch, report: Report): void {
  if (node.default !== undefined) return;
  const names = [
    ...(node.path === undefined ? [] : [node.path]),
    ...(node.when ?? []).flatMap((entry) => checkTemplate(entry.if).names),
  ];
  const output = names.map((name) => name.split(".", 1)[0] ?? name).find((name) => agentOutputs.has(name));
  if (output === undefined) return;
  const message = `the branch depends on \`${output}\`, an agent's answer, and has no \`default\``;
  report.warn({ path, node: node.id }, message, "Add `default:` for the values that nothing else matches.");
}
