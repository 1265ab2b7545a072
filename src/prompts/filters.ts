import type { Filter } from "./filter.ts";
import { LIST_FILTERS } from "./list-filters.ts";
import { TEXT_FILTERS } from "./text-filters.ts";
import { asNumber, asText, isTrue, type Value } from "./value.ts";

const VALUE_FILTERS: readonly (readonly [string, Filter])[] = [
  ["default", { parameters: ["value", "boolean"], apply: withDefault }],
  ["dump", { parameters: ["indent"], apply: asJson }],
  ["int", { parameters: ["default", "base"], apply: toInteger }],
  [
    "float",
    {
      parameters: ["default"],
      apply: (value, [fallback]) => numberOr(Number.parseFloat(asText(value)), fallback),
    },
  ],
  ["abs", { parameters: [], apply: (value) => numberOr(Math.abs(asNumber(value)), null) }],
  ["round", { parameters: ["precision", "method"], apply: round }],
];

const ALIASES = [
  ["d", "default"],
  ["json", "dump"],
  ["tojson", "dump"],
  ["e", "escape"],
] as const;

/** All filters by name. */
export const FILTERS: ReadonlyMap<string, Filter> = withAliases(
  new Map([...VALUE_FILTERS, ...TEXT_FILTERS, ...LIST_FILTERS]),
);

function withAliases(filters: Map<string, Filter>): ReadonlyMap<string, Filter> {
  for (const [alias, name] of ALIASES) {
    const filter = filters.get(name);
    if (filter) filters.set(alias, filter);
  }
  return filters;
}

/** Replaces missing values and null; with `true` as second argument also everything that is not true. */
function withDefault(value: Value, [fallback, alsoFalse]: readonly Value[]): Value {
  if (isTrue(alsoFalse)) return isTrue(value) ? value : fallback;
  return value ?? fallback;
}

const MAX_JSON_INDENT = 10;

function asJson(value: Value, [indent]: readonly Value[]): Value {
  return JSON.stringify(value ?? null, null, Math.min(asNumber(indent) || 0, MAX_JSON_INDENT));
}

function toInteger(value: Value, [fallback, base]: readonly Value[]): Value {
  return numberOr(Number.parseInt(asText(value), base === undefined ? 10 : asNumber(base)), fallback);
}

const numberOr = (value: number, fallback: Value): Value => (Number.isFinite(value) ? value : fallback);

function round(value: Value, [precision, method]: readonly Value[]): Value {
  const factor = 10 ** asNumber(precision);
  const rounder = method === "ceil" ? Math.ceil : method === "floor" ? Math.floor : Math.round;
  return numberOr(rounder(asNumber(value) * factor) / factor, null);
}
