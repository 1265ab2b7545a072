import type { Value } from "./value.ts";

/**
 * A filter: the names of its parameters after the value, and its function. The function gets one entry per parameter,
 * undefined where the template passed none. It must accept missing values and may throw FilterError.
 */
export interface Filter {
  readonly parameters: readonly string[];
  readonly apply: (value: Value, args: readonly Value[]) => Value;
}

/** Thrown by a filter that cannot compute its result; the evaluation adds the place. */
export class FilterError extends Error {}

/** The longest text that rendering may produce, and the longest single value on the way. */
export const MAX_TEXT_CHARACTERS = 16 * 1024 * 1024;
