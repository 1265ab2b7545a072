import type { Value } from "./value.ts";

/**
 * A filter: the names of its parameters after the value, and what it does. It gets one entry per parameter, undefined
 * where the template gave none. It must cope with missing values and may throw FilterError.
 */
export interface Filter {
  readonly parameters: readonly string[];
  readonly apply: (value: Value, args: readonly Value[]) => Value;
}

/** What a filter throws when it cannot do its work; evaluation adds the place. */
export class FilterError extends Error {}

/** Longest text that rendering may produce, and longest single value on the way there. */
export const MAX_TEXT_CHARACTERS = 16 * 1024 * 1024;
