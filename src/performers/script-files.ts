import { join } from "node:path";
import type { ScriptEffect } from "../engine/effect.ts";
import type { SupervisedEnd } from "../process/supervised-end.ts";
import { systemFiles } from "../store/files.ts";
import { runLayout } from "../store/layout.ts";

/** The output files of one attempt. */
export interface ScriptFiles {
  readonly stdoutFile: string;
  readonly stderrFile: string;
}

/** Makes the attempt's directory. Like the next function it throws `StorageFailure` when the disk refuses. */
export function prepareFiles({ runDir, step, node, attempt }: ScriptEffect): ScriptFiles {
  const attemptDir = runLayout(runDir).attemptDir(step, node, attempt);
  systemFiles.makeDirectory(attemptDir);
  return {
    stdoutFile: join(attemptDir, "stdout.log"),
    stderrFile: join(attemptDir, "stderr.log"),
  };
}

/**
 * Makes the output durable, because the journal cannot restore it. Syncs both files at once, since the disk serves them
 * together. Skips empty files: they have nothing to lose, and on the usual file systems a file's own sync covers its name.
 */
export async function syncOutput(files: ScriptFiles, end: SupervisedEnd): Promise<void> {
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
