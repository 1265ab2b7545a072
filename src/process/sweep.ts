import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessEntry } from "./process-entry.ts";
import { findProcess, lastPid, listProcesses } from "./process-table.ts";
import { type RecordedProcess, isFromHere } from "./recorded-process.ts";

export interface SweepOptions {
  /** Processes recorded at their start; finds those that cleared their environment. */
  readonly recorded?: readonly RecordedProcess[];
  /** The step's first process, when the caller has just started it. Nothing older can belong to the step. */
  readonly startedBy?: { readonly pid: number; readonly started: string; readonly runMs: number };
  /**
   * Processes that forked twice, left their session and cleared their environment are re-parented to this process. Its
   * children belong to the step, unless they are older than the step's first process. Default: the container's first
   * process.
   */
  readonly adopter?: number | undefined;
  /**
   * What this process puts into `LONGHAUL_HOLDER` of everything it starts. The sweep spares processes with another value:
   * a holder that was frozen must not kill the step of the next holder.
   */
  readonly holder?: string | undefined;
  /** When to give up on processes that do not die. */
  readonly deadlineMs?: number;
}

export interface SweepReport {
  readonly killed: readonly number[];
  /** Processes still alive at the deadline: stuck in the kernel, or not ours to kill. */
  readonly survivors: readonly number[];
}

const DEADLINE_MS = 2000;
/** On a very busy machine one scan may take longer than the deadline. These rounds still kill and wait. */
const MIN_ROUNDS = 20;
const MAX_PAUSE_MS = 50;
/** In this time the kernel cannot use up all pids (32768 at least), so a later process has a higher pid. */
const PIDS_IN_ORDER_MS = 500;

/**
 * Kills every process whose environment has `LONGHAUL_STEP=<marker>` (any step of a run when the marker ends in `/`),
 * with all descendants and members of their sessions, until a scan finds none. The CLIs run their tools in separate
 * sessions, so killing a process group would miss them. Spares this process and its ancestors.
 */
export async function sweepStep(
  marker: string | undefined,
  options: SweepOptions = {},
): Promise<SweepReport> {
  const deadline = performance.now() + (options.deadlineMs ?? DEADLINE_MS);
  const killed = new Map<number, string>();
  for (let round = 0, pauseMs = 1; ; round += 1, pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    const living = findFamily({ marker, options, killed });
    if (living.length === 0) return { killed: [...killed.keys()], survivors: [] };
    const survivors = living.map(({ pid }) => pid);
    const isOver = round >= MIN_ROUNDS && performance.now() > deadline;
    if (isOver) return { killed: [...killed.keys()], survivors };
    for (const { pid, started } of living) if (kill(pid)) killed.set(pid, started);
    await sleep(pauseMs);
  }
}

interface Search {
  readonly marker: string | undefined;
  readonly options: SweepOptions;
  readonly killed: ReadonlyMap<number, string>;
}

/** The step's living processes: marked, recorded or killed before, with all their descendants and sessions. */
function findFamily(search: Search): readonly ProcessEntry[] {
  const candidates = listCandidates(search.options.startedBy);
  if (candidates.length === 0) return candidates;
  const spared = ownLine();
  const living = candidates.filter(({ pid, alive }) => alive && !spared.has(pid));
  const isMarked = markerTest(search);
  const family = new Set(rootPids(search.options));
  const members = new Set<ProcessEntry>();
  const adopter = adopterOf(search, spared);
  const isSeedOrAdopted = (entry: ProcessEntry) =>
    isSeed(entry, search) || entry.parent === adopter || isMarked(entry);
  const belongs = (entry: ProcessEntry) =>
    family.has(entry.parent) || family.has(entry.session) || family.has(entry.group);
  let grown = true;
  for (let first = true; grown; first = false) {
    grown = false;
    for (const entry of living) {
      if (members.has(entry)) continue;
      if (!belongs(entry) && !(first && isSeedOrAdopted(entry))) continue;
      members.add(entry);
      family.add(entry.pid);
      grown = true;
    }
  }
  return [...members];
}

/** All processes or, as a cheaper scan, those that may have started after the step's first one. */
function listCandidates(startedBy: SweepOptions["startedBy"]): readonly ProcessEntry[] {
  if (startedBy === undefined) return listProcesses();
  const { pid: firstPid, started, runMs } = startedBy;
  const later = pidsSince({ firstPid, newest: lastPid(), runMs });
  if (later === "none") return [];
  const entries = listProcesses(later === "higher" ? (pid) => pid > firstPid : undefined);
  return entries.filter((entry) => !isOlder(entry.started, started));
}

interface PidsSince {
  readonly firstPid: number;
  /** The pid assigned last. */
  readonly newest: number | undefined;
  /** Time since the first one was assigned. */
  readonly runMs: number;
}

/** Which pids can belong to processes started after the first one. Pids wrap around when they run out. */
export function pidsSince({ firstPid, newest, runMs }: PidsSince): "none" | "higher" | "any" {
  if (runMs >= PIDS_IN_ORDER_MS || newest === undefined || newest < firstPid) return "any";
  return newest === firstPid ? "none" : "higher";
}

const CONTAINER_INIT = 1;

/** Only a step's own sweep adopts orphans. Other sweeps run beside steps, whose orphans are not theirs. */
function adopterOf({ marker, options }: Search, ownLine: ReadonlySet<number>): number | undefined {
  if (marker === undefined || options.startedBy === undefined) return undefined;
  if (options.adopter !== undefined) return options.adopter;
  const isSupervised = process.env["LONGHAUL_CONTAINER"] === "1" && ownLine.has(CONTAINER_INIT);
  return isSupervised ? CONTAINER_INIT : undefined;
}

/** Clock ticks compare as numbers. Where start times are dates, this is always false, so nothing is left out. */
const isOlder = (started: string, reference: string): boolean => Number(started) < Number(reference);

/** Ids whose sessions, groups and children belong to the step, even though their first process is gone. */
function rootPids({ recorded = [], startedBy }: SweepOptions): readonly number[] {
  const roots = recorded.filter(isFromHere).filter(({ pid, pid_started }) => {
    const now = findProcess(pid);
    return now === undefined || now.started === pid_started;
  });
  return [...roots.map(({ pid }) => pid), ...(startedBy ? [startedBy.pid] : [])];
}

function isSeed(entry: ProcessEntry, { options: { recorded = [] }, killed }: Search): boolean {
  if (killed.get(entry.pid) === entry.started) return true; // dying: its environment is already gone
  return recorded.some(
    (record) => isFromHere(record) && record.pid === entry.pid && record.pid_started === entry.started,
  );
}

function markerTest({ marker, options: { holder } }: Search): (entry: ProcessEntry) => boolean {
  if (marker === undefined || marker === "") return () => false;
  const end = marker.endsWith("/") ? "" : "\0";
  const assignment = Buffer.from(`\0LONGHAUL_STEP=${marker}${end}`);
  const isOfAnother = holderTest(holder);
  const zero = Buffer.of(0);
  return (entry) => {
    const environment = Buffer.concat([zero, entry.environment(), zero]);
    return environment.includes(assignment) && !isOfAnother(environment);
  };
}

function holderTest(holder: string | undefined): (environment: Buffer) => boolean {
  if (holder === undefined) return () => false;
  return (environment) =>
    environment.includes("\0LONGHAUL_HOLDER=") && !environment.includes(`\0LONGHAUL_HOLDER=${holder}\0`);
}

/** This process and its ancestors. Killing one of them would kill the sweep itself. */
function ownLine(): ReadonlySet<number> {
  const line = new Set<number>([process.pid]);
  for (let pid = process.ppid; pid > 0 && !line.has(pid); pid = findProcess(pid)?.parent ?? 0) line.add(pid);
  return line;
}

/** Returns false when the process is gone or not ours to kill. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
