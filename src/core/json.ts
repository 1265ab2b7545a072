import { z } from "zod";

/** A JSON value: what nodes pass to each other and what the run directory stores. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export const jsonSchema: z.ZodType<Json> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(jsonSchema), jsonObjectSchema]),
);
export const jsonObjectSchema: z.ZodType<JsonObject> = z.record(z.string(), jsonSchema);

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads a record under a key from outside. Never returns an inherited property, such as `constructor`. */
export const ownValue = <Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** Far deeper than real data. Far below the depth that overflows the stack or bloats an indented file. */
const MAX_DEPTH = 100;

/** True when a value is nested too deeply to be stored. Does not recurse, so deep values cannot overflow its stack. */
export function isTooDeep(value: Json): boolean {
  let level: readonly Json[] = [value];
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    level = level.flatMap(childrenOf);
    if (level.length === 0) return false;
  }
  return true;
}

const childrenOf = (value: Json): readonly Json[] =>
  typeof value === "object" && value !== null ? Object.values(value) : [];

/** Half of a surrogate pair. JSON can escape it, UTF-8 cannot encode it. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Replaces every lone surrogate, because strict JSON readers reject them. The value must not be too deep. */
export function wellFormed<Value extends Json>(value: Value): Value {
  const text = JSON.stringify(value);
  // Without an escaped surrogate in the JSON there is nothing to replace.
  if (!/\\ud[89a-f]/i.test(text)) return value;
  return JSON.parse(text, (_key, item: unknown) =>
    typeof item === "string" ? item.replaceAll(LONE_SURROGATE, "\ufffd") : item,
  ) as Value; // the same shape, string by string
}
