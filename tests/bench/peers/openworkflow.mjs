/** `node openworkflow.mjs STEPS DIRECTORY`: so many steps one after the other on SQLite; prints the milliseconds they took. */
import { join } from "node:path";
import { OpenWorkflow } from "openworkflow";
import { BackendSqlite } from "openworkflow/sqlite";

/** A workflow of this engine may have no more. */
const MOST_STEPS = 1000;

const [steps, directory] = [Number(process.argv[2]), process.argv[3]];
const backend = BackendSqlite.connect(join(directory, "openworkflow.db"));
backend.db.exec("PRAGMA synchronous = FULL;");
const engine = new OpenWorkflow({ backend });
let spentMs = 0;

const walk = engine.defineWorkflow({ name: "walk" }, async ({ input, step }) => {
  const startedMs = performance.now();
  for (let number = 1; number <= input.steps; number++) {
    await step.run({ name: `step-${number}` }, () => ({ text: `all is well ${number}` }));
  }
  spentMs += performance.now() - startedMs;
  return input.steps;
});

const worker = engine.newWorker({ concurrency: 1 });
await worker.start();
for (let left = steps; left > 0; left -= MOST_STEPS) {
  const handle = await walk.run({ steps: Math.min(left, MOST_STEPS) });
  await handle.result();
}
await worker.stop();
await backend.stop();
process.stdout.write(`${JSON.stringify({ ms: spentMs })}\n`);
