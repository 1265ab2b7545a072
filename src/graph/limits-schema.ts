import { z } from "zod";
import type { Limits } from "../core/limits.ts";
import { durationMsSchema } from "./duration-schema.ts";

/** `limits:` of a workflow file; `--limit` takes the same names and values. */
export const limitFieldsSchema = z.strictObject({
  cost_usd: z.number().positive().optional().describe("Dollars of all turns together"),
  tokens: z.int().positive().optional().describe("Tokens of all turns: input, output and cache"),
  wall_clock: durationMsSchema
    .refine((durationMs) => durationMs > 0, { error: "must be more than 0" })
    .optional()
    .describe("Time since the run was first started"),
  steps: z.int().positive().optional().describe("Steps started"),
});

/** The limits for the engine: without absent fields, times in milliseconds. */
export function toLimits(fields: z.output<typeof limitFieldsSchema>): Limits {
  const { wall_clock: wall_clock_ms, cost_usd, tokens, steps } = fields;
  return {
    ...(cost_usd !== undefined && { cost_usd }),
    ...(tokens !== undefined && { tokens }),
    ...(wall_clock_ms !== undefined && { wall_clock_ms }),
    ...(steps !== undefined && { steps }),
  };
}
