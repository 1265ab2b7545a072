/**
 * Loaded before the command (`node --import`): counts every call that changes the disk and every start of a process,
 * and kills this process with SIGKILL at the one that KILL_AT names. The product knows nothing of it.
 *
 * KILL_AT      `<point>:before`, `<point>:after` or `<point>:torn` (after half of the bytes of a write); a point is a
 *              number among all, or among those of one call: `spawn#2`
 * KILL_FAMILY  when set, the processes that this one has started are killed first; else they live on
 * POINTS_FILE  gets one JSON line per point: {number, call, path, children}
 */
import childProcess from "node:child_process";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const [killNumber, killMoment] = (process.env["KILL_AT"] ?? "").split(":");
const killsFamily = process.env["KILL_FAMILY"] !== undefined;
const pointsFile = process.env["POINTS_FILE"];
/** A copy for scripts would number their own points. */
for (const name of ["KILL_AT", "KILL_FAMILY", "POINTS_FILE"]) delete process.env[name];

const original = { ...fs };
const points = pointsFile === undefined ? undefined : original.openSync(pointsFile, "w");
const paths = new Map();
const children = new Set();
const counts = {};
let number = 0;

function point(call, path) {
  number += 1;
  if (points !== undefined) {
    original.writeSync(points, `${JSON.stringify({ number, call, path, children: children.size })}\n`);
  }
  counts[call] = (counts[call] ?? 0) + 1;
  const isHere = killNumber === String(number) || killNumber === `${call}#${counts[call]}`;
  if (isHere && killMoment === "before") die();
  return isHere ? killMoment : undefined;
}

function die() {
  if (killsFamily) for (const pid of children) killGroup(pid);
  process.kill(process.pid, "SIGKILL");
}

function killGroup(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended in this very moment.
  }
}

/** Replaces a synchronous call that has a path, or a descriptor of one, as its first argument. */
function wrap(name, { counts = () => true, tear } = {}) {
  fs[name] = (...args) => {
    const path = typeof args[0] === "number" ? (paths.get(args[0]) ?? "") : String(args[0]);
    if (!counts(args, path)) return original[name](...args);
    const moment = point(name, path);
    if (moment === "torn") tear?.(args);
    const result = original[name](...args);
    if (moment !== undefined) die();
    return result;
  };
}

for (const name of ["fsyncSync", "renameSync", "rmSync", "symlinkSync", "ftruncateSync"]) wrap(name);
wrap("mkdirSync", { counts: (_args, path) => !original.existsSync(path) });
/** A file that is renamed into place once it is whole counts when it is made and when it is renamed. */
wrap("writeSync", {
  counts: (_args, path) => path !== "" && !path.endsWith(".tmp"),
  tear: ([descriptor, bytes]) => {
    original.writeSync(descriptor, bytes.subarray(0, Math.floor(bytes.length / 2)));
    die();
  },
});

fs.openSync = (path, ...rest) => {
  const isForReading = rest.length === 0 || rest[0] === "r";
  const moment = isForReading ? undefined : point("openSync", String(path));
  const descriptor = original.openSync(path, ...rest);
  paths.set(descriptor, String(path));
  if (moment !== undefined) die();
  return descriptor;
};

fs.fdatasyncSync = (descriptor) => {
  const moment = point("fdatasync", paths.get(descriptor) ?? "");
  original.fdatasyncSync(descriptor);
  if (moment !== undefined) die();
};

fs.fdatasync = (descriptor, done) => {
  const moment = point("fdatasync", paths.get(descriptor) ?? "");
  original.fdatasync(descriptor, (error) => {
    if (moment !== undefined) die();
    done(error);
  });
};

const { spawn } = childProcess;
childProcess.spawn = (...args) => {
  const moment = point("spawn", args[0]);
  const child = spawn(...args);
  if (child.pid !== undefined) {
    children.add(child.pid);
    child.once("exit", () => children.delete(child.pid));
  }
  if (moment !== undefined) die();
  return child;
};

syncBuiltinESMExports();
