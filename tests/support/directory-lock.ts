/** A lock between processes of one machine: a directory that only one of them can create, with its pid inside. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_AGAIN_MS = 200;

/** Runs `work` under the lock. Waits for a living holder and replaces a dead one. */
export async function withDirectoryLock<Result>(
  directory: string,
  work: () => Promise<Result>,
): Promise<Result> {
  while (!(await take(directory))) {
    if (await holderIsGone(directory)) await rm(directory, { recursive: true, force: true });
    else await sleep(LOOK_AGAIN_MS);
  }
  try {
    return await work();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function take(directory: string): Promise<boolean> {
  try {
    await mkdir(directory);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
  await writeFile(join(directory, "pid"), String(process.pid));
  return true;
}

async function holderIsGone(directory: string): Promise<boolean> {
  const pid = Number(await readFile(join(directory, "pid"), "utf8").catch(() => ""));
  // No pid yet, so the holder is between its two writes.
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
