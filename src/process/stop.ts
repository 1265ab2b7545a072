import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { listProcesses } from "./process-table.ts";

/** How a program is asked to end. */
export interface StopRule {
  readonly signal: "SIGINT" | "SIGTERM" | "SIGKILL";
  readonly to: "process" | "group";
  /** Time until SIGKILL; 5 s by default. */
  readonly killAfterMs?: number;
}

const KILL_AFTER_MS = 5000;
const FIRST_POLL_MS = 5;
const MAX_POLL_MS = 100;

/**
 * Signals the leader of a process group and waits until the whole group is gone: a wrapper may die at once while the
 * program it started still writes its session. Sends SIGKILL to what is left. Resolves when the group is gone or was
 * sent SIGKILL.
 */
export async function stopGroup(leader: number, { signal, to, killAfterMs }: StopRule): Promise<void> {
  send(to === "group" ? -leader : leader, signal);
  if (await goneWithin(leader, killAfterMs ?? KILL_AFTER_MS)) return;
  send(-leader, "SIGKILL");
}

/** Makes the kernel prefer this process and its children over Longhaul when memory runs out, where that is allowed. */
export function dieFirst(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, "1000");
  } catch {
    // This system has no such file, or the process is already gone.
  }
}

async function goneWithin(leader: number, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  for (let pauseMs = FIRST_POLL_MS; isGroupAlive(leader); pauseMs = Math.min(pauseMs * 2, MAX_POLL_MS)) {
    if (performance.now() > deadline) return false;
    await sleep(pauseMs);
  }
  return true;
}

/** A zombie can still be signalled, but is no longer alive. */
const isGroupAlive = (leader: number): boolean =>
  send(-leader, 0) && listProcesses().some(({ alive, group }) => alive && group === leader);

/** Returns false when no such process or group exists. */
function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
