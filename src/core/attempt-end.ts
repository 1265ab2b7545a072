import { z } from "zod";
import { sessionSchema } from "./vocabulary.ts";
import { usageSchema } from "./usage.ts";

/**
 * How the process of an attempt ended. Absent in runs of older versions, in replays, and where the process that watched
 * it died first.
 */
export const processEndFields = {
  /** Null when a signal ended it, or when it was never started. */
  exit_code: z.number().nullable().optional(),
  /** Null when it exited by itself, or when it was never started. */
  signal: z.string().nullable().optional(),
  /** Why Longhaul stopped it; absent when it ended by itself. */
  stopped_by: z.enum(["abort", "first-event", "silence", "turn-clock", "grace"]).optional(),
  /** Why the operating system did not start it, such as ENOENT. */
  os_error: z.string().optional(),
};

const processEndSchema = z.object(processEndFields);
export type ProcessEndFields = z.infer<typeof processEndSchema>;

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
