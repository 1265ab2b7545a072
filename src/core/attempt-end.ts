import { z } from "zod";
import { processEndFields } from "./process-end.ts";
import { sessionSchema } from "./vocabulary.ts";
import { usageSchema } from "./usage.ts";

/** What an attempt leaves besides its outcome. */
export const turnResultFields = {
  session: sessionSchema.nullable(),
  /** The session is known to hold this turn's prompt, so that going on in it needs no second copy. */
  prompt_stored: z.boolean().optional(),
  usage: usageSchema.optional(),
  /** The model that really served. */
  model: z.string().optional(),
  ...processEndFields,
  duration_ms: z.number(),
};
