import { statfsSync } from "node:fs";
import type { FreeDisk } from "../core/ports.ts";

/** Steps that follow each other within this time share a reading; asking before each cost some percent of a branch step. */
const GOOD_FOR_MS = 1000;

/** What is free for us where each path lies; a path that cannot be asked is left out. */
export const readFreeDisk = (paths: readonly string[]): readonly FreeDisk[] => paths.flatMap(freeAt);

/** Reads the same paths again and again, at most once a second. `nowMs` is a monotonic clock. */
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
