import { readFileSync } from "node:fs";

/** How often the kernel refused something to this process' control group since it exists. */
export interface ResourcePressure {
  readonly oomKills: number;
  readonly refusedForks: number;
}

/** Reads the counters of cgroup v2 or v1; zero where there is none. */
export function readResourcePressure(): ResourcePressure {
  counters ??= findCounters();
  return {
    oomKills: readCounter(counters.memory, /^oom_kill (\d+)$/m),
    refusedForks: readCounter(counters.pids, /^max (\d+)$/m),
  };
}

/** What was added to the counters since `before`. */
export function pressureSince(before: ResourcePressure): ResourcePressure {
  const now = readResourcePressure();
  return { oomKills: now.oomKills - before.oomKills, refusedForks: now.refusedForks - before.refusedForks };
}

interface CounterFiles {
  readonly memory: string | undefined;
  readonly pids: string | undefined;
}
let counters: CounterFiles | undefined;

const ROOT = "/sys/fs/cgroup";

/** In a container the path of the group may be the host's, which is not mounted: then the mount's root is ours. */
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
