import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { FileSystem } from "./file-system.ts";
import { syncDirectory, systemFiles } from "./files.ts";
import { runsRootLayout } from "./layout.ts";
import { errorCode } from "./storage-failure.ts";

/** More starts than any container that can still come back has had. */
const KEPT_START_IDS = 1000;

/**
 * Records durably that a start (`LONGHAUL_START_ID`) has reached this point. Returns "new" to exactly one caller per id,
 * however many call at once, and "seen" to all others, so that one-shot flags act once.
 */
export async function recordStart(
  runsRoot: string,
  startId: string,
  files: FileSystem = systemFiles,
): Promise<"new" | "seen"> {
  const { startIds } = runsRootLayout(runsRoot);
  files.makeDirectory(startIds);
  try {
    files.open(join(startIds, fileNameOf(startId)), "create").close();
  } catch (error) {
    if (errorCode(error) === "EEXIST") return "seen";
    throw error;
  }
  syncDirectory(files, startIds);
  forgetOldest(files, startIds);
  return "new";
}

/** Whether a start was recorded; if so, its one-shot flags must not act again. */
export const isRecordedStart = (
  runsRoot: string,
  startId: string,
  files: FileSystem = systemFiles,
): boolean => files.exists(join(runsRootLayout(runsRoot).startIds, fileNameOf(startId)));

/** Ids come from the environment, so an id may be any text. */
const fileNameOf = (startId: string): string =>
  /^[A-Za-z0-9_-]{1,100}$/.test(startId) ? startId : createHash("sha256").update(startId).digest("hex");

function forgetOldest(files: FileSystem, directory: string): void {
  const names = files.list(directory);
  if (names.length <= KEPT_START_IDS) return;
  const byAge = names
    .map((name) => ({ name, modifiedMs: statSync(join(directory, name)).mtimeMs }))
    .sort((left, right) => left.modifiedMs - right.modifiedMs);
  for (const { name } of byAge.slice(0, names.length - KEPT_START_IDS)) files.remove(join(directory, name));
}
