import { readFileSync } from "node:fs";
import type { Ended, Started } from "./longhaul.ts";

const LOOK_EVERY_MS = 50;

/** Waits until a start of the command ends and returns its peak memory; 0 when it ended unobserved. */
export async function watchMemory(
  started: Started,
): Promise<{ readonly ended: Ended; readonly peakKb: number }> {
  let peakKb = 0;
  const reading = setInterval(() => (peakKb = Math.max(peakKb, highestKb(started.pid))), LOOK_EVERY_MS);
  try {
    const ended = await started.ended;
    return { ended, peakKb };
  } finally {
    clearInterval(reading);
  }
}

function highestKb(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // it has already ended
  }
}
