import { z } from "zod";
import { VERSION_RANGE } from "./version-range.ts";

/** A requirement that is checked before the first step of a run: either `cmd` or `env`. */
export const requirementSchema = z
  .strictObject({
    cmd: z.string().min(1).optional().describe("A command that must be on PATH"),
    version: z.string().regex(VERSION_RANGE).optional().describe("Range for what `CMD --version` prints"),
    env: z.string().min(1).optional().describe("A variable that must be set and not empty"),
    optional: z.boolean().optional().describe("Only warn when it is missing. Default: false"),
  })
  .refine(({ cmd, env }) => (cmd === undefined) !== (env === undefined), {
    error: "must have either `cmd` or `env`",
  })
  .refine(({ version, cmd }) => version === undefined || cmd !== undefined, {
    error: "has a `version`, which goes with `cmd`",
  });
export type Requirement = z.output<typeof requirementSchema>;
