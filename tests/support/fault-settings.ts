import { randomInt } from "node:crypto";
import { z } from "zod";

/** What `npm run faults` takes from its environment; every fault test reads it here. */
const settingsSchema = z.object({
  /** How many SIGKILLs at random times in all. */
  LONGHAUL_FAULT_KILLS: z.coerce.number().int().positive().default(1000),
  /** Where the random faults begin; the same seed draws the same ones. */
  LONGHAUL_FAULT_SEED: z.coerce.number().int().nonnegative(),
  /** `1` writes what was measured into docs/reliability.md. */
  LONGHAUL_FAULTS_PUBLISH: z.enum(["0", "1"]).default("0"),
});

export interface FaultSettings {
  readonly kills: number;
  readonly seed: number;
  readonly publishes: boolean;
}

/**
 * The settings of this run. Without a seed one is drawn and left in the environment, so that the processes of one run
 * share it: the configuration of the test runner asks first, before it starts any.
 */
export function faultSettings(): FaultSettings {
  process.env["LONGHAUL_FAULT_SEED"] ??= String(randomInt(2 ** 31));
  const read = settingsSchema.parse(process.env);
  return {
    kills: read.LONGHAUL_FAULT_KILLS,
    seed: read.LONGHAUL_FAULT_SEED,
    publishes: read.LONGHAUL_FAULTS_PUBLISH === "1",
  };
}
