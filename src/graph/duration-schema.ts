import { z } from "zod";
import { parseDurationMs } from "../core/duration.ts";

/** Parses a duration as people write it into milliseconds. */
export const durationMsSchema = z
  .union([z.string().regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/), z.number().nonnegative()], {
    error: "is not a duration",
  })
  .transform((text) => parseDurationMs(text) ?? 0) // both forms above always parse
  .describe("250ms, 90s, 15m, 2h, 7d, or a number of seconds");
