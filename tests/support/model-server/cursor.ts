/** Walks through a script, one entry for each model request. */
import type { RecordedRequest } from "./record.ts";
import { type ScriptEntry, status } from "./script.ts";
import type { Step } from "./step.ts";

export type Script = readonly (ScriptEntry | readonly Step[])[];

export interface Cursor {
  /** The step for this request; 400 `script_exhausted`, which no CLI repeats, when there is none left. */
  readonly next: (request: RecordedRequest) => Step;
}

export function createCursor(script: Script): Cursor {
  const entries = script.flatMap((entry): readonly ScriptEntry[] => (isList(entry) ? entry : [entry]));
  let taken = 0;
  return {
    next(request) {
      const entry = entries[taken];
      if (entry === undefined) return exhausted(entries.length);
      if (typeof entry === "object" && "forever" in entry) return stepOf(entry.forever, request);
      taken += 1;
      return stepOf(entry, request);
    },
  };
}

function stepOf(entry: Step | ((request: RecordedRequest) => Step), request: RecordedRequest): Step {
  return typeof entry === "function" ? entry(request) : entry;
}

function exhausted(length: number): Step {
  return status(400, {
    code: "script_exhausted",
    message: `the script has ${length} steps and this request is one more`,
  });
}

function isList(entry: ScriptEntry | readonly Step[]): entry is readonly Step[] {
  return Array.isArray(entry);
}
