import { readFileSync } from "node:fs";
import { z } from "zod";
import { UsageError } from "../core/failure.ts";
import { StorageFailure } from "../core/ports.ts";
import type { RunState } from "../core/run-state.ts";
import { readJournal } from "../store/journal-reader.ts";
import { runLayout } from "../store/layout.ts";
import { asStorageFailure } from "../store/storage-failure.ts";
import { readRun } from "./read-run.ts";
import { reduce } from "../engine/reduce/reduce-run.ts";

/** Which run a directory contains. */
export interface RunIdentity {
  readonly name: string;
  readonly runId: string;
  readonly workflow: { readonly path: string };
}

/**
 * Identifies the run in a directory. For a damaged run it uses run.json, else the journal before the damage, so that
 * `--repair` finds it.
 * @throws what `readRun` throws if neither identifies it.
 */
export function readIdentity(runDir: string): RunIdentity {
  try {
    return identityIn(readRun(runDir).state);
  } catch (error) {
    const known = isUnreadable(error) ? (inRunJson(runDir) ?? beforeDamage(runDir)) : undefined;
    if (known === undefined) throw error;
    return known;
  }
}

/** True for an error that means "this run cannot be read", false for a bug. */
export const isUnreadable = (error: unknown): boolean =>
  error instanceof UsageError || asStorageFailure("", error) instanceof StorageFailure;

export const identityIn = ({ name, run_id, workflow }: RunState): RunIdentity => ({
  name,
  runId: run_id,
  workflow,
});

const runJsonSchema = z.object({
  workflow: z.object({ name: z.string(), path: z.string() }),
  run_id: z.string(),
});

function inRunJson(runDir: string): RunIdentity | undefined {
  try {
    const { workflow, run_id } = runJsonSchema.parse(
      JSON.parse(readFileSync(runLayout(runDir).runJson, "utf8")),
    );
    return { name: workflow.name, runId: run_id, workflow };
  } catch {
    return undefined; // missing or torn
  }
}

function beforeDamage(runDir: string): RunIdentity | undefined {
  let state: RunState | undefined;
  try {
    readJournal({ runDir, visit: (event) => (state = reduce(state, event)) });
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
  return state === undefined ? undefined : identityIn(state);
}
