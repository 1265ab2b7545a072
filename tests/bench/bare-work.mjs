/** The bare work that Longhaul's steps are measured against. */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory } from "./directories.mjs";

export const SCRIPT = "#!/usr/bin/env bash\nexit 0\n";

/** Milliseconds per append of `bytes` with fdatasync. */
export function measureBareAppends({ count, bytes }) {
  const directory = makeDirectory();
  const file = openSync(join(directory, "appended"), "a");
  const line = Buffer.alloc(Math.round(bytes), "x");
  const startedMs = performance.now();
  for (let done = 0; done < count; done++) {
    writeSync(file, line);
    fdatasyncSync(file);
  }
  const ms = (performance.now() - startedMs) / count;
  closeSync(file);
  return ms;
}

/** Milliseconds per bare start of the script, one after the other. */
export async function measureBareSpawn(count) {
  const directory = makeDirectory();
  const script = join(directory, "step.sh");
  writeFileSync(script, SCRIPT);
  const startedMs = performance.now();
  for (let done = 0; done < count; done++) {
    await new Promise((resolve) => spawn("bash", [script], { stdio: "ignore" }).on("close", resolve));
  }
  const ms = (performance.now() - startedMs) / count;
  return ms;
}

/** Milliseconds of a Node.js process that does nothing. */
export function measureBareNode() {
  const startedMs = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - startedMs;
}
