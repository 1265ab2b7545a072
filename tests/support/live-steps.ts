import { readdirSync, readFileSync } from "node:fs";

/** Pids of living processes whose environment says that they belong to a step of the run. */
export function liveSteps(runUuid: string): readonly number[] {
  const marker = `LONGHAUL_STEP=${runUuid}/`;
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => environmentOf(pid).some((entry) => entry.startsWith(marker))).map(Number);
}

function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return []; // gone, or not ours
  }
}
