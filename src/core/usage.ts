import { z } from "zod";

/**
 * What one or more turns used, under the same names for all CLIs. An absent field means that the CLI did not report it,
 * which is not zero. `unpriced_turns` counts the turns whose cost is unknown.
 */
export const usageSchema = z.object({
  input_tokens: z.number().optional(),
  output_tokens: z.number().optional(),
  cache_read_tokens: z.number().optional(),
  cache_write_tokens: z.number().optional(),
  reasoning_tokens: z.number().optional(),
  cost_usd: z.number().optional(),
  unpriced_turns: z.number().optional(),
});
export type Usage = z.infer<typeof usageSchema>;

const FIELDS = Object.keys(usageSchema.shape) as readonly (keyof Usage)[]; // Object.keys widens to string

/** All tokens that passed through the model. Counts that the CLI did not report count as zero. */
export const tokensOf = (usage: Usage): number =>
  (usage.input_tokens ?? 0) +
  (usage.output_tokens ?? 0) +
  (usage.cache_read_tokens ?? 0) +
  (usage.cache_write_tokens ?? 0);

/** Adds two usages. A field that is absent in both stays absent. */
export function addUsage(left: Usage, right: Usage): Usage {
  const sum: Usage = {};
  for (const field of FIELDS) {
    const total = addKnown(left[field], right[field]);
    if (total !== undefined) sum[field] = total;
  }
  return sum;
}

const addKnown = (left: number | undefined, right: number | undefined): number | undefined =>
  left === undefined && right === undefined ? undefined : (left ?? 0) + (right ?? 0);
