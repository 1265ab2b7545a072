import { randomUUID } from "node:crypto";
import lockfile from "proper-lockfile";
import { EXIT, UsageError } from "../core/failure.ts";
import { StorageFailure } from "../core/ports.ts";
import type { Holder } from "../core/vocabulary.ts";
import { removeLeftover } from "./atomic-file.ts";
import type { FileSystem } from "./file-system.ts";
import { systemFiles } from "./files.ts";
import { describeHolder, livenessOf, type Liveness } from "./holder.ts";
import {
  endLock,
  findLock,
  heldBy,
  leaseFileSystem,
  renewedAtMs,
  type FoundLock,
  type LockPaths,
  type NewLock,
} from "./lock-directory.ts";
import { runLayout } from "./layout.ts";
import { asStorageFailure, errorCode } from "./storage-failure.ts";

/** A lease expires when it was not renewed for `staleMs`. */
export interface LeaseTimes {
  readonly staleMs: number;
  readonly refreshMs: number;
}

const LEASE: LeaseTimes = { staleMs: 15_000, refreshMs: 5_000 };
const OBSERVE_EVERY_MS = 250;

/** The lease on one run, renewed in the background. */
export interface Lock {
  /** Reads the disk: false as soon as another process holds the run. Call it before each append and each turn. */
  stillHeld(): boolean;
  /** Releases the run; does nothing when the lease is already lost. When the disk refuses, the lease expires instead. */
  release(): Promise<void>;
}

interface AcquireLock {
  readonly runDir: string;
  /** This process: `currentHolder()`. */
  readonly holder: Holder;
  /** Called at most once, when the lease is lost: stop at once. Must not throw. */
  readonly onLost: (why: string) => void;
  /** Called when a holder that may be dead has to be watched, which takes up to 15 s. Must not throw. */
  readonly onObserve?: (holder: Holder | null) => void;
  /** Ends the watching. */
  readonly signal?: AbortSignal;
  readonly files?: FileSystem;
  readonly lease?: LeaseTimes;
}

/**
 * Takes the lease on a run directory, which need not exist yet. Replaces a holder known to be dead at once, and any
 * other that does not renew its lease within 15 s. Of several processes that find the same dead holder exactly one wins.
 * @throws UsageError that names a live holder (exit 4), or for an abort while watching (exit 75).
 */
export async function acquireLock(options: AcquireLock): Promise<Lock> {
  const { runDir, holder, files = systemFiles } = options;
  const paths: LockPaths = { ...runLayout(runDir), files };
  const mine: NewLock = { id: randomUUID(), holder, since: new Date().toISOString() };
  for (;;) {
    const other = findLock(paths);
    if (other !== undefined) await endUnlessAlive(paths, other, options);
    const release = await tryLock(paths, mine, options);
    if (release !== undefined) return heldLock(paths, mine.id, release);
  }
}

/** Who holds a run, for display and for other commands; undefined when nobody does. */
export function readLock(
  runDir: string,
  observer: Holder,
  files: FileSystem = systemFiles,
): LockState | undefined {
  const found = findLock({ ...runLayout(runDir), files });
  if (found === undefined) return undefined;
  if (found.holder === null) return { holder: null, since: null, liveness: "unknown" };
  const { since, ...holder } = found.holder;
  return { holder, since, liveness: livenessOf(holder, observer) };
}

/**
 * Whether some process holds the run now, as far as one check can tell. A holder in another container or on another host
 * counts while its last renewal is younger than its lease.
 */
export function isHeld(runDir: string, observer: Holder, files: FileSystem = systemFiles): boolean {
  const state = readLock(runDir, observer, files);
  if (state === undefined || state.liveness === "dead") return false;
  return state.liveness === "alive" || isFresh({ ...runLayout(runDir), files }, LEASE);
}

export interface LockState {
  /** Null when a power loss destroyed the record of it. */
  readonly holder: Holder | null;
  readonly since: string | null;
  readonly liveness: Liveness;
}

async function endUnlessAlive(
  paths: LockPaths,
  other: FoundLock,
  { holder: observer, onObserve, signal, lease = LEASE }: AcquireLock,
): Promise<void> {
  const liveness = other.holder === null ? "unknown" : livenessOf(other.holder, observer);
  if (liveness === "alive" && isFresh(paths, lease)) throw heldError(other);
  if (liveness !== "dead") {
    onObserve?.(other.holder);
    if (await isRenewed(paths, other.id, { lease, signal })) throw heldError(other);
  }
  endLock(paths, other.id);
  if (heldBy(paths, other.id)) throw cannotEnd(paths, other);
}

/** Only meaningful when the holder's clock is ours. */
function isFresh(paths: LockPaths, { staleMs }: LeaseTimes): boolean {
  const ageMs = Date.now() - (renewedAtMs(paths) ?? 0);
  return ageMs >= 0 && ageMs < staleMs;
}

/**
 * Watches a lease for one lease time by a monotonic clock. Wall clocks prove nothing: another host's may differ, and
 * ours may have been set back.
 */
async function isRenewed(paths: LockPaths, id: string, { lease, signal }: Watching): Promise<boolean> {
  const first = renewedAtMs(paths);
  const start = performance.now();
  while (performance.now() - start < lease.staleMs) {
    await new Promise((resolve) => setTimeout(resolve, OBSERVE_EVERY_MS));
    if (signal?.aborted) throw stoppedWatching();
    if (!heldBy(paths, id) && findLock(paths)?.id !== id) return false;
    if (renewedAtMs(paths) !== first) return true;
  }
  return false;
}

interface Watching {
  readonly lease: LeaseTimes;
  readonly signal: AbortSignal | undefined;
}

const stoppedWatching = (): UsageError =>
  new UsageError("Stopped before it was known whether another process holds this run.", {
    exitCode: EXIT.resumable,
    details: ["Nothing was changed; the same command resumes the run."],
  });

function heldError({ holder }: FoundLock): UsageError {
  const who = holder === null ? "unknown holder" : `${describeHolder(holder)}, since ${holder.since}`;
  return new UsageError(`Another process holds this run: ${who}.`, {
    exitCode: EXIT.held,
    details: ["Wait for it, or stop it there; then start the same command again."],
  });
}

const cannotEnd = ({ lock, pastLocks }: LockPaths, { id }: FoundLock): UsageError =>
  new UsageError(`The lock ${lock} belongs to a process that is gone, and it cannot be moved away.`, {
    exitCode: EXIT.held,
    details: [`A copy of it is in the way: remove ${pastLocks}/${id}, then start the same command again.`],
  });

/** Undefined when another process was quicker. */
async function tryLock(
  paths: LockPaths,
  mine: NewLock,
  { onLost, lease = LEASE }: AcquireLock,
): Promise<(() => Promise<void>) | undefined> {
  try {
    return await lockfile.lock(paths.lock, {
      lockfilePath: paths.lock,
      realpath: false,
      stale: lease.staleMs,
      update: lease.refreshMs,
      fs: leaseFileSystem(paths, mine),
      onCompromised: (error) => onLost(error.message),
    });
  } catch (error) {
    if (errorCode(error) === "ELOCKED") return undefined;
    // Its time could not be set or read. A lease that cannot be renewed is worthless, so drop the lock.
    if (heldBy(paths, mine.id)) removeLeftover(paths.files, paths.lock);
    throw asStorageFailure(paths.lock, error);
  }
}

function heldLock(paths: LockPaths, id: string, release: () => Promise<void>): Lock {
  return {
    stillHeld: () => heldBy(paths, id),
    release: async () => {
      if (!heldBy(paths, id)) return;
      try {
        await release();
      } catch (error) {
        // The run's own outcome matters more. This process is about to end, so the next holder replaces the lock at once.
        if (!(error instanceof StorageFailure)) throw error;
      }
    },
  };
}
