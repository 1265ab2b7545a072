import type { Json, JsonObject } from "../core/json.ts";
import type { BlobStore } from "./blobs.ts";
import { storeValue } from "./large-values.ts";

/** The JSON of a context whose values hardly change from step to step. */
export interface ContextText {
  /** Null when it is larger than `largestBytes`. */
  whole(context: JsonObject, largestBytes: number): string | null;
}

interface Known {
  readonly value: Json;
  readonly text: string;
}

/** Remembers the text of each key's value, so that a step costs what it changed and not the whole context. */
export function createContextText(blobs: BlobStore): ContextText {
  let known = new Map<string, Known>();
  return {
    whole(context, largestBytes) {
      const next = new Map<string, Known>();
      for (const [key, value] of Object.entries(context)) {
        const before = known.get(key);
        const isSame = before !== undefined && before.value === value;
        next.set(key, isSame ? before : { value, text: JSON.stringify(storeValue(value, blobs)) });
      }
      known = next;
      return join(next, largestBytes);
    },
  };
}

function join(values: ReadonlyMap<string, Known>, largestBytes: number): string | null {
  const lines: string[] = [];
  let sizeBytes = 0;
  for (const [key, { text }] of values) {
    sizeBytes += text.length + key.length;
    if (sizeBytes > largestBytes) return null;
    lines.push(`  ${JSON.stringify(key)}: ${text}`);
  }
  return lines.length === 0 ? "{}\n" : `{\n${lines.join(",\n")}\n}\n`;
}
