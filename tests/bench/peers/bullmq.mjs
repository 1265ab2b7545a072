/** `node bullmq.mjs STEPS PORT`: a chain of so many jobs, each adding the next, on Redis; prints the milliseconds they took. */
import { Queue, Worker } from "bullmq";

const [steps, port] = [Number(process.argv[2]), Number(process.argv[3])];
const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null };
const queue = new Queue("walk", { connection });

const { promise: walked, resolve } = Promise.withResolvers?.() ?? withResolvers();
let startedMs;
const worker = new Worker(
  "walk",
  async ({ data: { number } }) => {
    startedMs ??= performance.now();
    if (number < steps) await queue.add("step", { number: number + 1 });
    return { text: `all is well ${number}` };
  },
  { connection, concurrency: 1 },
);
worker.on("completed", ({ data: { number } }) => {
  if (number === steps) resolve(performance.now() - startedMs);
});
await worker.waitUntilReady();
await queue.add("step", { number: 1 });
const ms = await walked;
await worker.close();
await queue.close();
process.stdout.write(`${JSON.stringify({ ms })}\n`);

/** Node 20 does not have it. */
function withResolvers() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}
