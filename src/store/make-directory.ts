import { existsSync, mkdirSync, rmdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode } from "./storage-failure.ts";

/**
 * Makes a directory and those above it; one that exists is left alone. Below /proc and the like every mkdir says that
 * the parent is missing, and node's own recursive mkdir then tries for ever; this one throws that ENOENT. The parent is
 * looked for first, so that no mkdir is tried that cannot succeed.
 */
export function makeDirectories(path: string): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeDirectories(parent);
  makeDirectory(path);
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const isThere =
      errorCode(error) === "EEXIST" && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    if (!isThere) throw error;
  }
}

/** Whether this directory could be made in its parent, which exists: /proc takes none. Leaves nothing behind. */
export function takesDirectories(path: string): boolean {
  try {
    mkdirSync(path);
  } catch (error) {
    return errorCode(error) !== "ENOENT"; // a refusal that passes is reported by whoever really writes
  }
  try {
    rmdirSync(path);
  } catch {
    // Another start uses it already.
  }
  return true;
}
