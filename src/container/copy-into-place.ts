import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { systemFiles } from "../store/files.ts";

const OWNER_ONLY = 0o600;

/**
 * Replaces a file by a copy that only this user can read. It renames the copy into place, because another run may be reading the
 * file. The copy's name is unique, because another container may be copying too. It keeps its time, which shows the newer of two.
 */
export function copyIntoPlace(from: string, to: string): void {
  systemFiles.makeDirectory(path.dirname(to));
  const copy = `${to}.${randomUUID()}`;
  writeFileSync(copy, readFileSync(from), { mode: OWNER_ONLY, flag: "wx" });
  const { atime, mtime } = statSync(from);
  utimesSync(copy, atime, mtime);
  renameSync(copy, to);
}
