import { z } from "zod";

/** Bounds of a whole run; what is absent has none. */
export const limitsSchema = z.object({
  cost_usd: z.number().optional(),
  /** Input, output and both cache counts together. */
  tokens: z.number().optional(),
  /** From the first start of the run, waits and pauses included. */
  wall_clock_ms: z.number().optional(),
  steps: z.number().optional(),
});
export type Limits = z.infer<typeof limitsSchema>;

/** Where a run's limits come from: its workflow, and what people asked for with --limit, which counts more. */
export const runLimitsSchema = z.object({ workflow: limitsSchema, asked: limitsSchema });
export type RunLimits = z.infer<typeof runLimitsSchema>;

export const NO_LIMITS: RunLimits = { workflow: {}, asked: {} };

/** The limits that hold. */
export const limitsInForce = ({ workflow, asked }: RunLimits): Limits => ({ ...workflow, ...asked });

/** A limit that leaves no room: what is used, what the next step or turn would add, and the limit. Times in ms. */
export const excessSchema = z.object({
  name: z.enum(["cost_usd", "tokens", "wall_clock", "steps"]),
  used: z.number(),
  next: z.number(),
  limit: z.number(),
});
export type Excess = z.infer<typeof excessSchema>;

/** The code of the warning that turns have no price while the cost is limited; it is given once a run. */
export const UNPRICED_WARNING = "unpriced_turns";
