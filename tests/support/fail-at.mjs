/**
 * Loaded before the command (`node --import`): counts every operation on a file below FAIL_UNDER, and lets the one that
 * FAIL_AT names fail as a refusing disk does. The product knows nothing of it.
 *
 * FAIL_AT     `<number>:<ENOSPC|EIO|EROFS|EMFILE|short>`; `short` writes half of the bytes, then the disk is full once
 * FAIL_UNDER  the directory whose files count
 * COUNT_FILE  gets one JSON line per operation: {number, call, path}
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const [failNumber, failure] = (process.env["FAIL_AT"] ?? "").split(":");
const under = process.env["FAIL_UNDER"] ?? "";
const countFile = process.env["COUNT_FILE"];
/** Scripts must not fail by it. */
for (const name of ["FAIL_AT", "FAIL_UNDER", "COUNT_FILE"]) delete process.env[name];

const original = { ...fs };
const counted = countFile === undefined ? undefined : original.openSync(countFile, "w");
const paths = new Map();
let number = 0;
let isFull = false;

/** The fault for this operation, if it is its turn. */
function faultOf(call, path) {
  if (!path.startsWith(under)) return undefined;
  number += 1;
  if (counted !== undefined) original.writeSync(counted, `${JSON.stringify({ number, call, path })}\n`);
  return String(number) === failNumber ? failure : undefined;
}

const refusal = (fault, call, path) => {
  const code = fault === "short" ? "ENOSPC" : fault;
  return Object.assign(new Error(`${code}: made to fail, ${call} '${path}'`), { code, syscall: call, path });
};

const pathOf = (target) => (typeof target === "number" ? (paths.get(target) ?? "") : String(target));

const CHANGES = [
  "fsyncSync",
  "fdatasyncSync",
  "ftruncateSync",
  "renameSync",
  "mkdirSync",
  "rmSync",
  "symlinkSync",
];
const LOOKS = ["readSync", "fstatSync", "readdirSync", "statSync"];

for (const name of [...CHANGES, ...LOOKS]) {
  fs[name] = (...args) => {
    const path = pathOf(name === "symlinkSync" ? args[1] : args[0]);
    const fault = faultOf(name, path);
    if (fault !== undefined) throw refusal(fault, name, path);
    return original[name](...args);
  };
}

fs.openSync = (path, ...rest) => {
  const fault = faultOf("openSync", String(path));
  if (fault !== undefined) throw refusal(fault, "open", String(path));
  const descriptor = original.openSync(path, ...rest);
  paths.set(descriptor, String(path));
  return descriptor;
};

fs.closeSync = (descriptor) => {
  paths.delete(descriptor);
  original.closeSync(descriptor);
};

fs.writeSync = (descriptor, bytes, ...rest) => {
  const path = pathOf(descriptor);
  const fault = faultOf("writeSync", path);
  if (isFull && path.startsWith(under)) {
    isFull = false;
    throw refusal("ENOSPC", "write", path);
  }
  if (fault !== "short" && fault !== undefined) throw refusal(fault, "write", path);
  if (fault === undefined) return original.writeSync(descriptor, bytes, ...rest);
  isFull = true;
  return original.writeSync(descriptor, bytes.subarray(0, Math.floor(bytes.length / 2)));
};

for (const name of ["fdatasync", "utimes", "stat"]) {
  fs[name] = (target, ...rest) => {
    const path = pathOf(target);
    const fault = faultOf(name, path);
    if (fault === undefined) return original[name](target, ...rest);
    const done = rest.at(-1);
    setImmediate(() => done(refusal(fault, name, path)));
  };
}

syncBuiltinESMExports();
