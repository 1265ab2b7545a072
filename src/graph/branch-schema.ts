import { z } from "zod";
import { jsonSchema } from "../core/json.ts";

/** The id of a target node. */
export const targetSchema = z.string().min(1);

const CONDITION_OPERATORS = ["==", "!=", "<", ">", "<=", ">="] as const;
export type ConditionOperator = (typeof CONDITION_OPERATORS)[number];

export const branchNodeFields = {
  path: z.string().min(1).optional().describe("Dot path into the context; list indexes too: tasks.0.id"),
  cases: z.record(z.string(), targetSchema).optional().describe("Value as text -> node id"),
  conditions: z
    .array(z.strictObject({ op: z.enum(CONDITION_OPERATORS), value: jsonSchema, next: targetSchema }))
    .optional()
    .describe("In order; numeric when both sides are"),
  when: z
    .array(z.strictObject({ if: z.string().min(1), next: targetSchema }))
    .optional()
    .describe("Typed expressions, in order, after cases and conditions"),
  default: targetSchema
    .optional()
    .describe("Where to go when nothing else holds. Default: the run stops, exit 6"),
  max_visits: z.int().positive().optional().describe("How often this node may run. Default: no bound"),
  on_max_visits: targetSchema.optional().describe("Id of the node to go to instead; goes with max_visits"),
};
