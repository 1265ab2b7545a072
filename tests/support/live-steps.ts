import { readdirSync, readFileSync } from "node:fs";

/** Pids of living processes whose environment marks them as part of a step of the run. */
export const liveSteps = (runUuid: string): readonly number[] =>
  livingWith((entry) => entry.startsWith(`LONGHAUL_STEP=${runUuid}/`));

/** Pids of living processes with such a variable in their environment. */
export function livingWith(isWanted: (variable: string) => boolean): readonly number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => environmentOf(pid).some(isWanted)).map(Number);
}

function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return []; // gone, or not ours
  }
}
