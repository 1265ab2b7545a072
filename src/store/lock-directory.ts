import { stat, statSync, utimes, type Stats } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { holderSchema, type Holder } from "../core/vocabulary.ts";
import { removeLeftover, writeAll } from "./atomic-file.ts";
import type { FileSystem } from "./file-system.ts";
import { readText } from "./files.ts";
import { asStorageFailure, errorCode } from "./storage-failure.ts";

/**
 * The lock is a directory with the holder's files in it. It is made elsewhere and renamed into place. A rename onto a
 * directory that is not empty fails, so exactly one process gets the lock. It ends by a rename to `past/<its id>`, which
 * works once: of two processes that both judged the same holder dead, the slower one cannot end the quicker one's new
 * lock.
 */
export interface LockPaths {
  readonly lock: string;
  readonly pastLocks: string;
  readonly files: FileSystem;
}

/** Enough, unless a process sleeps through this many takeovers between its check and its rename. */
const PAST_LOCKS_KEPT = 8;
const ID_PREFIX = "id-";

const holderFileSchema = holderSchema.extend({ since: z.string() });

/** A lock on disk. */
export interface FoundLock {
  readonly id: string;
  /** Null when a power loss destroyed the content of the holder's file. */
  readonly holder: (Holder & { readonly since: string }) | null;
}

/** Reads the disk, which takes a few microseconds. */
export const heldBy = ({ lock, files }: LockPaths, id: string): boolean =>
  files.exists(`${lock}/${ID_PREFIX}${id}`);

/** Undefined when nobody holds the lock. */
export function findLock({ lock, files }: LockPaths): FoundLock | undefined {
  try {
    const id = files.list(lock).find((name) => name.startsWith(ID_PREFIX));
    const holder = holderFileSchema.safeParse(parseOrNull(readText(files, join(lock, "holder.json"))));
    const inode = statOf(lock)?.ino;
    if (inode === undefined) return undefined;
    // A directory without an id is not one of our locks. Its inode tells it from the next one like it.
    return {
      id: id?.slice(ID_PREFIX.length) ?? `unnamed-${inode}`,
      holder: holder.success ? holder.data : null,
    };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function parseOrNull(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null; // torn by a power loss: the holder is unknown
  }
}

/** When the lease was last renewed, in epoch milliseconds of the holder's clock; undefined when no lock exists. */
export const renewedAtMs = ({ lock }: LockPaths): number | undefined => statOf(lock)?.mtimeMs;

/** Undefined when the path is gone. Throws `StorageFailure` when the disk refuses. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw asStorageFailure(path, error);
  }
}

/** Ends the lock with this id. Does nothing when its holder or another process has already ended it. */
export function endLock({ lock, pastLocks, files }: LockPaths, id: string): void {
  files.makeDirectory(pastLocks);
  try {
    files.rename(lock, join(pastLocks, id));
  } catch (error) {
    if (isTaken(error) || errorCode(error) === "ENOENT") return;
    throw error;
  }
  forgetPastLocks(pastLocks, files);
}

function forgetPastLocks(pastLocks: string, files: FileSystem): void {
  const byAge = files
    .list(pastLocks)
    .map((name) => ({
      name,
      endedMs: statOf(join(pastLocks, name))?.ctimeMs ?? 0,
    }))
    .sort((left, right) => right.endedMs - left.endedMs);
  for (const { name } of byAge.slice(PAST_LOCKS_KEPT)) files.remove(join(pastLocks, name));
}

export interface NewLock {
  readonly id: string;
  readonly holder: Holder;
  readonly since: string;
}

type Done = (error: unknown) => void;

/** The file system that proper-lockfile gets: its mkdir begins our lock and its rmdir ends it. */
export function leaseFileSystem(paths: LockPaths, mine: NewLock) {
  const end = () => {
    // Never end another process's lock, even when proper-lockfile thinks it is stale.
    if (!heldBy(paths, mine.id))
      throw Object.assign(new Error("another process holds the lock"), { code: "ELOCKED" });
    endLock(paths, mine.id);
  };
  return {
    stat,
    utimes,
    mkdir: (_lock: string, done: Done) => settle(done, () => beginLock(paths, mine)),
    rmdir: (_lock: string, done: Done) => settle(done, end),
    rmdirSync: end,
  };
}

function settle(done: Done, action: () => void): void {
  let failure: unknown = null;
  try {
    action();
  } catch (error) {
    failure = error;
  }
  done(failure);
}

function beginLock({ lock, files }: LockPaths, { id, holder, since }: NewLock): void {
  const prepared = join(dirname(lock), `new-${id}`);
  try {
    files.makeDirectory(prepared);
    writeNewFile(files, join(prepared, "holder.json"), `${JSON.stringify({ ...holder, since }, null, 2)}\n`);
    writeNewFile(files, join(prepared, `${ID_PREFIX}${id}`), "");
    files.rename(prepared, lock);
  } catch (error) {
    removeLeftover(files, prepared);
    throw isTaken(error)
      ? Object.assign(new Error("another process was quicker"), { code: "EEXIST" })
      : error;
  }
}

function writeNewFile(files: FileSystem, path: string, content: string): void {
  const file = files.open(path, "create");
  try {
    writeAll(file, Buffer.from(content, "utf8"));
  } finally {
    file.close();
  }
}

/** The error codes of a rename onto a directory that is not empty. */
const isTaken = (error: unknown): boolean => ["ENOTEMPTY", "EEXIST"].includes(errorCode(error) ?? "");
