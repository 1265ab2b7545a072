import { closeSync, openSync, readFileSync, readSync, readdirSync } from "node:fs";
import type { ProcessEntry } from "./process-entry.ts";

const NO_ENVIRONMENT = Buffer.alloc(0);
const onLinux = process.platform === "linux";

/** Loaded only where it is needed, because it loads the code that starts processes. */
const listWithPs = onLinux ? undefined : (await import("./process-table-ps.ts")).listWithPs;

/** All processes, or those whose pid passes the filter. Skips processes that vanish while being read. */
export function listProcesses(wanted: (pid: number) => boolean = () => true): readonly ProcessEntry[] {
  if (listWithPs) return listWithPs().filter(({ pid }) => wanted(pid));
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && wanted(pid))
    .flatMap((pid) => findProcess(pid) ?? []);
}

/** The process with this pid, or undefined when none exists. */
export function findProcess(pid: number): ProcessEntry | undefined {
  if (listWithPs) return listWithPs().find((entry) => entry.pid === pid);
  const stat = readLine(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : parseStat(pid, stat);
}

let mark: string | undefined;

/** Identifies this process in `LONGHAUL_HOLDER` of everything it starts: pid and start time, unique on this system. */
export const ownMark = (): string => (mark ??= `${process.pid}-${findProcess(process.pid)?.started ?? "0"}`);

/** The pid that the kernel assigned last, or undefined where it does not report it. */
export function lastPid(): number | undefined {
  const text = onLinux ? readLine("/proc/loadavg") : undefined;
  const pid = Number(text?.trimEnd().split(" ").at(-1));
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** The command name is in parentheses and may contain any character, so fields are counted from the last parenthesis. */
function parseStat(pid: number, stat: string): ProcessEntry | undefined {
  const [state, parent, group, session, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const started = rest[15]; // field 22 of proc(5)
  if (started === undefined) return undefined;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    alive: state !== "Z" && state !== "X",
    started,
    environment: () => readProc(`/proc/${pid}/environ`) ?? NO_ENVIRONMENT,
  };
}

/** Longer than any line read here: program names have at most 64 bytes, numbers 20 digits. */
const LONGEST_LINE_BYTES = 4096;
let lineBuffer: Buffer | undefined;

/**
 * The only line of a file; undefined when its process is gone. Reuses one buffer: node allocates 64 KiB each time it reads
 * a file without a size, which happens several times a step.
 */
function readLine(path: string): string | undefined {
  lineBuffer ??= Buffer.alloc(LONGEST_LINE_BYTES);
  try {
    const file = openSync(path, "r");
    try {
      return lineBuffer.toString("latin1", 0, readSync(file, lineBuffer, 0, LONGEST_LINE_BYTES, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** Undefined when the process is gone, or when we may not read it. */
function readProc(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
