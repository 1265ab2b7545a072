import { statfsSync } from "node:fs";
import type { FreeDisk } from "../core/ports.ts";

/** Steps within this time share one reading. A reading before each step made a branch step some percent slower. */
const GOOD_FOR_MS = 1000;

/** The free space, for this user, where each path lies. Leaves out a path that cannot be read. */
export const readFreeDisk = (paths: readonly string[]): readonly FreeDisk[] => paths.flatMap(freeAt);

/** Returns a function that reads the same paths, at most once a second. `nowMs` is a monotonic clock. */
export function createDiskGauge(
  paths: readonly string[],
  nowMs: () => number = () => performance.now(),
): () => readonly FreeDisk[] {
  let reading: { readonly atMs: number; readonly disks: readonly FreeDisk[] } | undefined;
  return () => {
    if (reading === undefined || nowMs() - reading.atMs >= GOOD_FOR_MS) {
      reading = { atMs: nowMs(), disks: readFreeDisk(paths) };
    }
    return reading.disks;
  };
}

function freeAt(path: string): readonly FreeDisk[] {
  try {
    const { bavail, bsize } = statfsSync(path);
    return [{ path, freeBytes: bavail * bsize }];
  } catch {
    return [];
  }
}
