// A process that takes the lock on a run and writes its journal until it loses it or is told to stop.
// Arguments: the built store, the run directory. Says on stdout what becomes of it, a line each.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [built, runDir] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(built, name)).href);
const say = (text) => process.stdout.write(`${text}\n`);

const { acquireLock } = await load("lock.mjs");
const { currentHolder } = await load("holder.mjs");
const { createJournal } = await load("journal.mjs");

const holder = currentHolder();
const at = new Date().toISOString();
const stamped = (seq, body) => ({ seq, lease: 1, at, ...body });
const started = {
  type: "run.started",
  format: 1,
  uuid: "uuid-1",
  name: "demo",
  run_id: "default",
  workflow: { path: "/flows/demo", hash: "h1" },
  cli: "replay",
  model: null,
  params: {},
  context: {},
  start: "plan",
  run_dir: runDir,
  workspace: "/ws",
  holder,
  start_id: null,
  versions: {},
};

try {
  // Long enough for a holder that a busy machine lets wait while others start and look whether it renews its lease.
  const lease = { staleMs: 15_000, refreshMs: 1000 };
  const lock = await acquireLock({ runDir, holder, onLost: () => say("told of the loss"), lease });
  say("held");
  await writeUntilLost(lock);
} catch (error) {
  say(`${error.name} ${error.exitCode ?? ""} ${error.message}`);
}

async function writeUntilLost(lock) {
  const { existsSync } = await import("node:fs");
  if (existsSync(join(runDir, "journal.jsonl"))) return new Promise(() => setInterval(() => undefined, 1000));
  const { journal } = createJournal({
    runDir,
    first: [stamped(1, started)],
    stillHeld: () => lock.stillHeld(),
  });
  for (let seq = 2; ; seq += 1) {
    await journal.append([stamped(seq, { type: "warning", code: "test", message: `old ${seq}` })]);
    if (seq === 2) say("writing");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
