import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { Holder } from "../core/vocabulary.ts";
import { errorCode } from "./storage-failure.ts";

/** "unknown": on another host, in another container, or on a system without /proc. */
export type Liveness = "alive" | "dead" | "unknown";

/** Describes this process, so that another one can tell whether it still runs. */
export function currentHolder(): Holder {
  return {
    host: hostname(),
    boot_id: bootId(),
    pid_namespace: pidNamespace(),
    pid: process.pid,
    pid_started: processStart(process.pid)?.ticks ?? "",
  };
}

/** Whether the process that `holder` describes still runs, as far as `observer` can tell. */
export function livenessOf(holder: Holder, observer: Holder): Liveness {
  if (holder.host !== observer.host) return "unknown";
  if (holder.boot_id !== observer.boot_id) return "dead";
  if (holder.pid_namespace !== observer.pid_namespace) return "unknown";
  if (holder.pid_started === "") return processExists(holder.pid) ? "unknown" : "dead";
  const start = processStart(holder.pid);
  if (start === undefined || start.isZombie) return "dead";
  return start.ticks === holder.pid_started ? "alive" : "dead";
}

/** For messages: `host boot 1a2b3c4d pid 4711`. */
export const describeHolder = ({ host, boot_id, pid }: Holder): string =>
  `host ${host}, boot ${boot_id === "" ? "unknown" : boot_id}, pid ${pid}`;

const bootId = (): string => readProc("/proc/sys/kernel/random/boot_id")?.trim() ?? "";

function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return ""; // no /proc: livenessOf compares bare pids
  }
}

interface ProcessStart {
  /** Clock ticks after boot at which the process started. */
  readonly ticks: string;
  /** Dead, but its parent has not collected it yet. */
  readonly isZombie: boolean;
}

function processStart(pid: number): ProcessStart | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // Field 2 is the program's name in parentheses and may hold any character, so split after the last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, ticks] = [fields[0], fields[19]];
  return ticks === undefined ? undefined : { ticks, isZombie: state === "Z" || state === "X" };
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // no such process, or a system without /proc
  }
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}
