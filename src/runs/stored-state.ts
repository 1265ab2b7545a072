import { existsSync } from "node:fs";
import { UsageError } from "../core/failure.ts";
import type { RunState } from "../core/run-state.ts";
import { checkDirectory, checkRunDirectory } from "../store/check-run-directory.ts";
import { systemFiles } from "../store/files.ts";
import { refuseLostJournal } from "../store/journal.ts";
import { runLayout } from "../store/layout.ts";
import { readRun } from "./read-run.ts";

export const hasJournal = (runDir: string): boolean => existsSync(runLayout(runDir).journal);

/**
 * The state of a run that exists; undefined where one would start. Looks at all that a start relies on, so that a
 * refused one has not even taken the lock.
 * @throws UsageError for a damaged directory, unless the start is there to mend or to replace it.
 */
export function readStoredState(
  runDir: string,
  { mayBeDamaged }: { readonly mayBeDamaged: boolean },
): RunState | undefined {
  try {
    checkRunDirectory(runDir, systemFiles);
    refuseLostJournal(runDir);
    if (!hasJournal(runDir)) return undefined;
    const { state } = readRun(runDir, { verify: true });
    if (state.open !== null)
      checkDirectory(runLayout(runDir).stepDir(state.open.step, state.open.node), systemFiles);
    return state;
  } catch (error) {
    if (mayBeDamaged && error instanceof UsageError) return undefined;
    throw error;
  }
}
