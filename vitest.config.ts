import { defineConfig } from "vitest/config";
import { faultSettings } from "./tests/support/fault-settings.ts";

// Draws the seed of the random faults before there is more than one process.
faultSettings();

/**
 * `unit` and `system` are the gate. Its files share one process: starting an environment for each of them takes longer than
 * most of the tests. So no test may change what the others see, such as a variable of the environment.
 */
const SHARED = { pool: "threads", isolate: false, fileParallelism: true } as const;
const PARALLEL = { fileParallelism: true } as const;
const ALONE = { fileParallelism: false } as const;

interface Suite {
  readonly timeoutMs: number;
  readonly pool: typeof SHARED | typeof PARALLEL | typeof ALONE;
  readonly globalSetup?: readonly string[];
}

/** One project per need: the folder of tests with its name. */
const suite = (name: string, { timeoutMs, pool, globalSetup = [] }: Suite) => ({
  test: {
    name,
    ...pool,
    globalSetup: [...globalSetup],
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    passWithNoTests: false,
  },
});

export default defineConfig({
  test: {
    projects: [
      suite("unit", { timeoutMs: 120_000, pool: SHARED }),
      suite("system", { timeoutMs: 120_000, pool: SHARED }),
      suite("chaos", { timeoutMs: 300_000, pool: PARALLEL }),
      suite("docs", { timeoutMs: 300_000, pool: PARALLEL }),
      suite("secrets", { timeoutMs: 300_000, pool: PARALLEL }),
      suite("workflows", { timeoutMs: 300_000, pool: PARALLEL }),
      suite("volume", { timeoutMs: 900_000, pool: ALONE }),
      suite("faults", { timeoutMs: 900_000, pool: PARALLEL }),
      suite("conformance", {
        timeoutMs: 300_000,
        pool: ALONE,
        globalSetup: ["tests/support/install-clis.ts"],
      }),
      suite("browser", { timeoutMs: 300_000, pool: ALONE }),
      suite("docker", { timeoutMs: 900_000, pool: ALONE }),
    ],
  },
});
