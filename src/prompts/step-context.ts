import { type JsonObject, ownValue } from "../core/json.ts";
import type { RunState } from "../core/run-state.ts";
import { withEntries } from "../core/shared-record.ts";
import type { Source } from "../core/vocabulary.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/** The context of a step's templates: outputs and vars, and the built-in keys, which always win. */
export function stepContext(state: RunState, visits: Readonly<Record<string, number>>): JsonObject {
  return withEntries(state.context, {
    run: { id: state.run_id, uuid: state.uuid, dir: state.run_dir },
    workspace: state.workspace,
    visits,
    sources: state.sources,
  });
}

/** The time limit, which a prompt may pass on to its agent. */
export const timeoutContext = (timeoutMs: number): JsonObject => ({
  node_timeout_s: Math.round(timeoutMs / SECOND_MS),
  node_timeout_min: Math.round((timeoutMs / MINUTE_MS) * 10) / 10,
});

/** The defaulted keys from which the values that were read come, directly or through other values. */
export function taintOf(reads: readonly string[], sources: Readonly<Record<string, Source>>): string[] {
  const tainted = new Set<string>();
  for (const key of reads) {
    const source = ownValue(sources, key);
    if (source === undefined) continue;
    if (source.source === "default") tainted.add(key);
    for (const behind of source.tainted_by) tainted.add(behind);
  }
  return [...tainted].sort();
}
