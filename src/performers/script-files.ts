import { join, relative } from "node:path";
import type { ScriptAction } from "../core/action.ts";
import type { ProcessEnd } from "../process/process-end.ts";
import { systemFiles } from "../store/files.ts";
import type { RunLayout } from "../store/layout.ts";
import { errorCode } from "../store/storage-failure.ts";

/** The output files of one attempt, and the step's directory, where the newest attempt is linked. */
export interface ScriptFiles {
  readonly stepDir: string;
  readonly stdoutFile: string;
  readonly stderrFile: string;
}

/** Makes the attempt's directory. This and the others throw `StorageFailure` when the disk refuses. */
export function prepareFiles({ step, node, attempt }: ScriptAction, layout: RunLayout): ScriptFiles {
  const attemptDir = layout.attemptDir(step, node, attempt);
  systemFiles.makeDirectory(attemptDir);
  return {
    stepDir: layout.stepDir(step, node),
    stdoutFile: join(attemptDir, "stdout.log"),
    stderrFile: join(attemptDir, "stderr.log"),
  };
}

/** Points `stdout.log` and `stderr.log` of the step to this attempt. */
export async function linkNewest({ stepDir, stdoutFile, stderrFile }: ScriptFiles): Promise<void> {
  replaceLink(join(stepDir, "stdout.log"), relative(stepDir, stdoutFile));
  replaceLink(join(stepDir, "stderr.log"), relative(stepDir, stderrFile));
}

/**
 * Makes durable what the journal cannot give back. Both files at once, since the disk serves them together; an empty
 * file has nothing to lose, and syncing a new file makes its name durable too on the usual file systems.
 */
export async function syncOutput(files: ScriptFiles, end: ProcessEnd): Promise<void> {
  await Promise.all([
    end.stdoutBytes > 0 ? syncFile(files.stdoutFile) : undefined,
    end.stderrBytes > 0 ? syncFile(files.stderrFile) : undefined,
  ]);
}

async function syncFile(path: string): Promise<void> {
  const file = systemFiles.open(path, "change");
  try {
    await file.syncLargeData();
  } finally {
    file.close();
  }
}

/** Renamed into place, so that a reader always finds one. */
function replaceLink(path: string, target: string): void {
  const temporary = `${path}.tmp`;
  if (systemFiles.kind(temporary) !== "missing") systemFiles.remove(temporary); // left behind by a kill
  try {
    systemFiles.symlink(target, temporary);
    systemFiles.rename(temporary, path);
  } catch (error) {
    // Frozen in here, this process woke after another took the run over and is at the same link, which is that one's now.
    if (!["EEXIST", "ENOENT"].includes(errorCode(error) ?? "")) throw error;
  }
}
