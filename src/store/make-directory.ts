import { existsSync, mkdirSync, rmdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode } from "./storage-failure.ts";

/**
 * Makes a directory and its missing parents; leaves an existing one alone. Below /proc every mkdir reports that the
 * parent is missing, and node's recursive mkdir then retries for ever. So this checks the parent first, tries each mkdir
 * once and throws that ENOENT.
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

/** Whether this directory can be made in its parent, which exists (/proc takes none). Leaves nothing behind. */
export function takesDirectories(path: string): boolean {
  try {
    mkdirSync(path);
  } catch (error) {
    return errorCode(error) !== "ENOENT"; // the later real write reports any other refusal, if it is still there
  }
  try {
    rmdirSync(path);
  } catch {
    // Another start already uses it.
  }
  return true;
}
