import { statfsSync } from "node:fs";
import type { FreeDisk } from "../core/ports.ts";

/** What is free for us where each path lies; a path that cannot be asked is left out. */
export const readFreeDisk = (paths: readonly string[]): readonly FreeDisk[] => paths.flatMap(freeAt);

function freeAt(path: string): readonly FreeDisk[] {
  try {
    const { bavail, bsize } = statfsSync(path);
    return [{ path, freeBytes: bavail * bsize }];
  } catch {
    return [];
  }
}
