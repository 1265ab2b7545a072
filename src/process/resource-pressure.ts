import { readFileSync } from "node:fs";

/** What the kernel refused to the control group of this process. */
export interface ResourcePressure {
  readonly oomKills: number;
  readonly refusedForks: number;
}

const NONE: ResourcePressure = { oomKills: 0, refusedForks: 0 };
let lastReading: ResourcePressure | undefined;

/** Takes the baseline reading; does nothing when one exists. */
export function beginPressureReadings(): void {
  lastReading ??= readCounters();
}

/** What was refused since the last reading. Costs a few file reads. */
export function pressureSinceLastReading(): ResourcePressure {
  const before = lastReading ?? NONE;
  lastReading = readCounters();
  return {
    oomKills: lastReading.oomKills - before.oomKills,
    refusedForks: lastReading.refusedForks - before.refusedForks,
  };
}

/** The counters of cgroup v2 or v1; zero without either. */
function readCounters(): ResourcePressure {
  counters ??= findCounters();
  return {
    oomKills: readCounter(counters.memory, /^oom_kill (\d+)$/m),
    refusedForks: readCounter(counters.pids, /^max (\d+)$/m),
  };
}

interface CounterFiles {
  readonly memory: string | undefined;
  readonly pids: string | undefined;
}
let counters: CounterFiles | undefined;

const ROOT = "/sys/fs/cgroup";

/** In a container the group's path may be the host's, which is not mounted. Then the root of the mount is our group. */
function findCounters(): CounterFiles {
  const groups = readText("/proc/self/cgroup") ?? "";
  const unified = /^0::(.*)$/m.exec(groups)?.[1] ?? "";
  const v1 = (controller: string) =>
    new RegExp(`^\\d+:(?:[^:]*,)?${controller}(?:,[^:]*)?:(.*)$`, "m").exec(groups)?.[1] ?? "";
  return {
    memory: firstReadable([
      `${ROOT}${unified}/memory.events`,
      `${ROOT}/memory.events`,
      `${ROOT}/memory${v1("memory")}/memory.oom_control`,
      `${ROOT}/memory/memory.oom_control`,
    ]),
    pids: firstReadable([
      `${ROOT}${unified}/pids.events`,
      `${ROOT}/pids.events`,
      `${ROOT}/pids${v1("pids")}/pids.events`,
      `${ROOT}/pids/pids.events`,
    ]),
  };
}

const firstReadable = (paths: readonly string[]): string | undefined =>
  paths.find((path) => readText(path) !== undefined);

function readCounter(path: string | undefined, pattern: RegExp): number {
  const text = path === undefined ? undefined : readText(path);
  return Number(pattern.exec(text ?? "")?.[1] ?? 0);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
