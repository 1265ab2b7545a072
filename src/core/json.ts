import { z } from "zod";

/** A value that JSON can carry: what nodes hand each other and what the run directory keeps. */
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

/** What a record says under a key that others chose: never anything inherited, such as `constructor`. */
export const ownValue = <Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** Far deeper than anybody's data, far less than what exhausts a stack or makes an indented file explode. */
const MAX_DEPTH = 100;

/** Whether a value is nested deeper than the run directory keeps it. Does not recurse itself. */
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

/** Half of a character, which JSON can spell and UTF-8 cannot. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** The value with every lone surrogate replaced, so that any reader of the run directory takes it. For values that are not too deep. */
export function wellFormed<Value extends Json>(value: Value): Value {
  const text = JSON.stringify(value);
  // Only a value with an escaped surrogate in its JSON can need a change.
  if (!/\\ud[89a-f]/i.test(text)) return value;
  return JSON.parse(text, (_key, item: unknown) =>
    typeof item === "string" ? item.replaceAll(LONE_SURROGATE, "\ufffd") : item,
  ) as Value; // the same shape, string by string
}
