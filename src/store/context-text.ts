import type { JsonObject } from "../core/json.ts";
import { changesBetween } from "../core/shared-record.ts";
import type { BlobStore } from "./blobs.ts";
import { storeValue } from "./large-values.ts";

/** Writes a context as JSON. It is cheap while few values change from step to step. */
export interface ContextText {
  /** Null when it is larger than `largestBytes`. */
  whole(context: JsonObject, largestBytes: number): string | null;
}

/** Caches the line of each key, so a step costs what it changed plus one join of a small text. */
export function createContextText(blobs: BlobStore): ContextText {
  let known: JsonObject = {};
  const lines = new Map<string, string>();
  let sizeBytes = 0;
  const take = (key: string) => {
    sizeBytes -= lines.get(key)?.length ?? 0;
    lines.delete(key);
  };
  return {
    whole(context, largestBytes) {
      const { gone, now } = changesBetween(known, context);
      for (const key of gone) take(key);
      for (const [key, value] of now) {
        const line = `  ${JSON.stringify(key)}: ${JSON.stringify(storeValue(value, blobs))}`;
        sizeBytes += line.length - (lines.get(key)?.length ?? 0);
        lines.set(key, line);
      }
      known = context;
      if (sizeBytes > largestBytes) return null;
      return lines.size === 0 ? "{}\n" : `{\n${[...lines.values()].join(",\n")}\n}\n`;
    },
  };
}
