/** The bare work that Longhaul's steps are measured against. */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const SCRIPT = "#!/usr/bin/env bash\nexit 0\n";

/** Milliseconds per append of `bytes` with fdatasync. */
export function measureBareAppends({ count, bytes }) {
  const directory = mkdtempSync(join(tmpdir(), "longhaul-bench-"));
  const file = openSync(join(directory, "appended"), "a");
  const line = Buffer.alloc(Math.round(bytes), "x");
  const startedMs = performance.now();
  for (let done = 0; done < count; done++) {
    writeSync(file, line);
    fdatasyncSync(file);
  }
  const ms = (performance.now() - startedMs) / count;
  closeSync(file);
  rmSync(directory, { recursive: true });
  return ms;
}

/** Milliseconds per bare start of the script, one after the other. */
export async function measureBareSpawn(count) {
  const directory = mkdtempSync(join(tmpdir(), "longhaul-bench-"));
  const script = join(directory, "step.sh");
  writeFileSync(script, SCRIPT);
  const startedMs = performance.now();
  for (let done = 0; done < count; done++) {
    await new Promise((resolve) => spawn("bash", [script], { stdio: "ignore" }).on("close", resolve));
  }
  const ms = (performance.now() - startedMs) / count;
  rmSync(directory, { recursive: true });
  return ms;
}

/** Milliseconds of a Node.js process that does nothing. */
export function measureBareNode() {
  const startedMs = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - startedMs;
}
