import { defineConfig } from "vitest/config";
import { faultSettings } from "./tests/support/fault-settings.ts";

// Draws the seed of the random faults before there is more than one process.
faultSettings();

/** One project per need: `unit` and `system` run everywhere; the others need what their names say. */
const suite = (name: string, timeoutMs: number, parallel: boolean, globalSetup: readonly string[] = []) => ({
  test: {
    name,
    globalSetup: [...globalSetup],
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    fileParallelism: parallel,
    passWithNoTests: false,
  },
});

export default defineConfig({
  test: {
    projects: [
      suite("unit", 120_000, true),
      suite("system", 120_000, true),
      suite("faults", 900_000, true),
      suite("conformance", 300_000, false, ["tests/support/install-clis.ts"]),
      suite("browser", 300_000, false),
      suite("docker", 900_000, false),
    ],
  },
});
