import { z } from "zod";
import { jsonObjectSchema, jsonSchema } from "../core/json.ts";
import { branchNodeFields, targetSchema } from "./branch-schema.ts";
import { durationMsSchema } from "./duration-schema.ts";
import { limitFieldsSchema, toLimits } from "./limits-schema.ts";
import { requirementSchema } from "./requires-schema.ts";

/** The workflow file, docs/workflow-format.md. These schemas are its only source: types and JSON Schema come from them. */

export const NODE_ID = /^[A-Za-z][A-Za-z0-9_-]*$/;
/** Names that a template can read: outputs, vars, `set` keys. */
export const CONTEXT_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
export const WORKFLOW_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Context keys that Longhaul fills in itself. */
export const BUILT_IN_CONTEXT_KEYS = [
  "run",
  "workspace",
  "visits",
  "sources",
  "node_timeout_s",
  "node_timeout_min",
] as const;
/** Designed, but not implemented yet. */
export const LATER_NODE_TYPES: readonly string[] = ["flow", "approval", "each"];

const timeoutMsSchema = durationMsSchema
  .refine((durationMs) => durationMs > 0, { error: "must be more than 0" })
  .describe("Running time of one attempt. Default: AGENT_RESULT_TIMEOUT_S for agents, 1h for scripts");

const countSchema = z.int().nonnegative();
const templateSchema = z.string();

const retryFields = {
  times: countSchema.optional().describe("How often to run a failed script again. Default: 0"),
  backoff: durationMsSchema
    .optional()
    .describe("Wait before the first retry; doubles each time. Default: 10s"),
};
const agentRetryFields = {
  times: countSchema
    .optional()
    .describe("Quick retries before a failure counts as an outage. Default: AGENT_MAX_INVOKE_RETRIES"),
  backoff: durationMsSchema
    .optional()
    .describe("First backoff; doubles each time. Default: AGENT_INVOKE_BACKOFF_BASE_S"),
  output_retries: countSchema
    .optional()
    .describe("Corrective turns after an unusable answer. Default: AGENT_MAX_OUTPUT_RETRIES"),
  reframes: countSchema
    .optional()
    .describe("Fresh sessions with a simpler ask. Default: AGENT_MAX_REPHRASE_ATTEMPTS"),
};
const renameBackoff = <Fields extends { readonly backoff?: number | undefined }>({
  backoff: backoff_ms,
  ...rest
}: Fields) => ({
  ...rest,
  backoff_ms,
});

const outputSchema = z.strictObject({
  key: z.string().regex(CONTEXT_NAME).describe("Name in the context"),
  schema: jsonObjectSchema.optional().describe("JSON Schema that the value must match"),
  /** Undefined: none declared. A declared null is null. */
  default: jsonSchema.optional().describe("Used only if no attempt gives a usable answer. Default: null"),
  optional: z.boolean().optional().describe("The answer may leave this key out. Default: false"),
});
export type Output = z.output<typeof outputSchema>;

const idSchema = z.string().regex(NODE_ID).describe("Unique, ignoring case; names the node's folders");

const stepFields = {
  id: idSchema,
  outputs: z.array(outputSchema).optional().describe("What the step must return; each becomes a context key"),
  timeout: timeoutMsSchema.optional(),
  cwd: templateSchema.optional().describe("Working directory. Default: the run's workspace"),
  on_exhausted: targetSchema
    .optional()
    .describe(
      "What to do without a usable answer: `default`, `fail` or the id of a node. Default: `default` for agents, `fail` for scripts",
    ),
  max_visits: z
    .int()
    .positive()
    .optional()
    .describe("How often the run may enter this node. Default: no bound"),
  on_max_visits: targetSchema
    .optional()
    .describe("Id of the node to go to after max_visits; required with it"),
  set: z
    .record(z.string().regex(CONTEXT_NAME), jsonSchema)
    .optional()
    .describe("Values to set after the step; texts are templates"),
  next: targetSchema.describe("Id of the next node"),
};

const agentNodeSchema = z
  .strictObject({
    ...stepFields,
    type: z.literal("agent"),
    prompt: z.string().min(1).describe("Template file inside the workflow directory"),
    args: jsonObjectSchema.optional().describe("Merged into the prompt's context; texts are templates"),
    model: z
      .union([
        z.string().min(1),
        z.strictObject({
          claude: z.string().min(1).optional(),
          codex: z.string().min(1).optional(),
          copilot: z.string().min(1).optional(),
        }),
      ])
      .optional()
      .describe("A model, or one per backend. Default: AGENT_MODEL, else the backend's own"),
    effort: z.string().min(1).optional().describe("Passed on if the CLI supports it"),
    add_dirs: z.array(templateSchema).optional().describe("More directories that the agent may use"),
    retry: z
      .strictObject(agentRetryFields)
      .transform(renameBackoff)
      .optional()
      .describe("Overrides the recovery knobs for this node"),
  })
  .transform(({ timeout: timeout_ms, ...node }) => ({ ...node, timeout_ms }));
export type AgentNode = z.output<typeof agentNodeSchema>;

const scriptNodeSchema = z
  .strictObject({
    ...stepFields,
    type: z.literal("script"),
    script: z.string().min(1).describe("Script file inside the workflow directory"),
    args: z.array(jsonSchema).optional().describe("Arguments; texts are templates"),
    retry: z
      .strictObject(retryFields)
      .transform(renameBackoff)
      .optional()
      .describe("Retries of a failed script"),
  })
  .transform(({ timeout: timeout_ms, ...node }) => ({ ...node, timeout_ms }));
export type ScriptNode = z.output<typeof scriptNodeSchema>;

const branchNodeSchema = z.strictObject({ id: idSchema, type: z.literal("branch"), ...branchNodeFields });
export type BranchNode = z.output<typeof branchNodeSchema>;

const terminalNodeSchema = z.strictObject({ id: idSchema, type: z.literal("terminal") });
type TerminalNode = z.output<typeof terminalNodeSchema>;

const failNodeSchema = z.strictObject({ id: idSchema, type: z.literal("fail") });
type FailNode = z.output<typeof failNodeSchema>;

/** One schema per node type. A new type needs a line here, a performer, and a line in the performers' table. */
export const NODE_SCHEMAS = {
  agent: agentNodeSchema,
  script: scriptNodeSchema,
  branch: branchNodeSchema,
  terminal: terminalNodeSchema,
  fail: failNodeSchema,
} as const;

export type Node = AgentNode | ScriptNode | BranchNode | TerminalNode | FailNode;
export type NodeType = Node["type"];

const headerFields = {
  name: z
    .string()
    .regex(WORKFLOW_NAME)
    .optional()
    .describe("Names the run directories. Default: the directory's name"),
  start: targetSchema.describe("Id of the first node"),
  vars: z
    .record(z.string().regex(CONTEXT_NAME), jsonSchema)
    .optional()
    .describe("Initial context; --params overrides it"),
  env: z
    .record(z.string().regex(CONTEXT_NAME), templateSchema)
    .optional()
    .describe("Environment of every script and agent process; templates"),
  requires: z
    .array(requirementSchema)
    .optional()
    .describe(
      "Commands (`cmd`, `version`) and variables (`env`) that a run needs; `optional` ones only warn",
    ),
  labels: z
    .record(z.string().regex(CONTEXT_NAME), templateSchema)
    .optional()
    .describe("Templates, rendered before each step; added to journal, log and notifications"),
  limits: limitFieldsSchema
    .transform(toLimits)
    .optional()
    .describe("Limits of a whole run: `cost_usd`, `tokens`, `wall_clock`, `steps`; see docs/limits.md"),
};

/** The file without its nodes. They are read one by one, so that all of their problems are found. */
export const workflowHeaderSchema = z.strictObject({ ...headerFields, nodes: z.array(z.unknown()).min(1) });

/** JSON Schema of `workflow.yaml`, for editors (`longhaul schema`). */
export function workflowJsonSchema(): object {
  const nodeSchema = z.discriminatedUnion("type", [
    agentNodeSchema,
    scriptNodeSchema,
    branchNodeSchema,
    terminalNodeSchema,
    failNodeSchema,
  ]);
  const workflowSchema = z.strictObject({ ...headerFields, nodes: z.array(nodeSchema).min(1) });
  return z.toJSONSchema(workflowSchema, { io: "input" });
}
