/**
 * Loaded before the command (`node --import`): keeps beside the run what a disk has that keeps only what was synced. The
 * product knows nothing of it.
 *
 * SYNCED_UNDER  the directory whose files count
 * POWER_CUTS    gets one directory after each sync of a journal: all files as they were when they were last synced
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join } from "node:path";

const under = `${process.env["SYNCED_UNDER"]}/`;
const cuts = process.env["POWER_CUTS"];
/** A copy for scripts would begin anew at the first cut. */
for (const name of ["SYNCED_UNDER", "POWER_CUTS"]) delete process.env[name];

const original = { ...fs };
const paths = new Map();
const synced = new Map();
let cutsMade = 0;

fs.openSync = (path, ...rest) => {
  const descriptor = original.openSync(path, ...rest);
  paths.set(descriptor, String(path));
  return descriptor;
};

fs.renameSync = (...places) => {
  original.renameSync(...places);
  const [from, to] = places.map(String);
  for (const [path, content] of synced) {
    if (path !== from && !path.startsWith(`${from}/`)) continue;
    synced.delete(path);
    synced.set(`${to}${path.slice(from.length)}`, content);
  }
};

/** What is in a file when its sync begins is what the disk is sure to have when it ends. */
function contentOf(descriptor) {
  const path = paths.get(descriptor) ?? "";
  const counts = path.startsWith(under) && original.fstatSync(descriptor).isFile();
  return counts ? { path, content: original.readFileSync(path) } : undefined;
}

function keep(file) {
  if (file === undefined) return;
  synced.set(file.path, file.content);
  if (file.path.endsWith("/journal.jsonl")) cutPower();
}

function cutPower() {
  cutsMade += 1;
  for (const [path, content] of synced) {
    const copy = join(cuts, String(cutsMade), path.slice(under.length));
    original.mkdirSync(dirname(copy), { recursive: true });
    original.writeFileSync(copy, content);
  }
}

for (const name of ["fsyncSync", "fdatasyncSync"]) {
  fs[name] = (descriptor) => {
    const file = contentOf(descriptor);
    original[name](descriptor);
    keep(file);
  };
}

fs.fdatasync = (descriptor, done) => {
  const file = contentOf(descriptor);
  original.fdatasync(descriptor, (error) => {
    if (!error) keep(file);
    done(error);
  });
};

syncBuiltinESMExports();
