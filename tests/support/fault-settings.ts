import { randomInt } from "node:crypto";
import { z } from "zod";

/** The settings of `npm run faults` from the environment; every fault test reads them here. */
const settingsSchema = z.object({
  /** Total number of SIGKILLs at random times. */
  LONGHAUL_FAULT_KILLS: z.coerce.number().int().positive().default(1000),
  /** Seed of the random faults; the same seed gives the same faults. */
  LONGHAUL_FAULT_SEED: z.coerce.number().int().nonnegative(),
  /** `1` writes the measured rows into docs/reliability.md. */
  LONGHAUL_FAULTS_PUBLISH: z.enum(["0", "1"]).default("0"),
});

export interface FaultSettings {
  readonly kills: number;
  readonly seed: number;
  readonly publishes: boolean;
}

/**
 * The settings of this run. Without a seed it draws one and stores it in the environment, so that all processes of a run
 * share it: the test runner's configuration calls this before it starts any process.
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
