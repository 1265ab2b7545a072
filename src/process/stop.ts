import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { listProcesses } from "./process-table.ts";

/** How a program is asked to end. */
export interface StopRule {
  readonly signal: "SIGINT" | "SIGTERM" | "SIGKILL";
  readonly to: "process" | "group";
  /** Time until SIGKILL; 5 s when absent. */
  readonly killAfterMs?: number;
}

const KILL_AFTER_MS = 5000;
const FIRST_POLL_MS = 5;
const MAX_POLL_MS = 100;

/**
 * Asks the leader of a process group to end and waits until the whole group is gone: a wrapper dies at once while the
 * program it started still writes its session. What is left then gets SIGKILL. Resolves when the group is gone or
 * was sent that.
 */
export async function stopGroup(leader: number, { signal, to, killAfterMs }: StopRule): Promise<void> {
  send(to === "group" ? -leader : leader, signal);
  if (await goneWithin(leader, killAfterMs ?? KILL_AFTER_MS)) return;
  send(-leader, "SIGKILL");
}

/** Makes the kernel choose this process and its children before Longhaul when memory runs out; where it lets us. */
export function dieFirst(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, "1000");
  } catch {
    // No such file on this system, or the process is gone already.
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

/** Zombies that nobody has collected yet can still be signalled, but are no longer alive. */
const isGroupAlive = (leader: number): boolean =>
  send(-leader, 0) && listProcesses().some(({ alive, group }) => alive && group === leader);

/** False when there is no such process or group. */
function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
