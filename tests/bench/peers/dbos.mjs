/** `node dbos.mjs STEPS DATABASE_URL`: one workflow of so many steps on PostgreSQL; prints the milliseconds they took. */
import { DBOS } from "@dbos-inc/dbos-sdk";

const [steps, systemDatabaseUrl] = [Number(process.argv[2]), process.argv[3]];
DBOS.setConfig({ name: "longhaul-bench", systemDatabaseUrl, logLevel: "error", runAdminServer: false });
let ms;

async function walkThrough() {
  const startedMs = performance.now();
  for (let number = 1; number <= steps; number++) {
    await DBOS.runStep(() => Promise.resolve({ text: `all is well ${number}` }), { name: `step-${number}` });
  }
  ms = performance.now() - startedMs;
}
const walk = DBOS.registerWorkflow(walkThrough, { name: "walk" });

await DBOS.launch();
await walk();
await DBOS.shutdown();
process.stdout.write(`${JSON.stringify({ ms })}\n`);
