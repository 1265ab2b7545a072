import { z } from "zod";
import { processEndFields } from "./process-end.ts";
import { sessionSchema } from "./vocabulary.ts";
import { usageSchema } from "./usage.ts";

/** What every finished or failed attempt reports besides its outcome. */
export const turnResultFields = {
  session: sessionSchema.nullable(),
  /** The session is known to hold this turn's prompt, so a continuation need not repeat it. */
  prompt_stored: z.boolean().optional(),
  usage: usageSchema.optional(),
  /** The model that answered, as the CLI reports it. */
  model: z.string().optional(),
  ...processEndFields,
  duration_ms: z.number(),
};
