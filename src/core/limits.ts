import { z } from "zod";

/** Limits of a whole run. An absent field means no limit. */
export const limitsSchema = z.object({
  cost_usd: z.number().optional(),
  /** Input, output and both cache counts together. */
  tokens: z.number().optional(),
  /** From the first start of the run, waits and pauses included. */
  wall_clock_ms: z.number().optional(),
  steps: z.number().optional(),
});
export type Limits = z.infer<typeof limitsSchema>;

/** A run's limits by origin: its workflow, and --limit, which takes precedence. */
export const runLimitsSchema = z.object({ workflow: limitsSchema, asked: limitsSchema });
export type RunLimits = z.infer<typeof runLimitsSchema>;

export const NO_LIMITS: RunLimits = { workflow: {}, asked: {} };

/** The effective limits. */
export const limitsInForce = ({ workflow, asked }: RunLimits): Limits => ({ ...workflow, ...asked });

/** A limit that the run has reached: the use so far, what the next step or turn would add, and the limit. Times in ms. */
export const excessSchema = z.object({
  name: z.enum(["cost_usd", "tokens", "wall_clock", "steps"]),
  used: z.number(),
  next: z.number(),
  limit: z.number(),
});
export type Excess = z.infer<typeof excessSchema>;

/** Code of the warning that some turns have no known price although the cost is limited. Recorded once per run. */
export const UNPRICED_WARNING = "unpriced_turns";
