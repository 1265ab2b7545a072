import { UsageError } from "../core/failure.ts";
import { ownValue } from "../core/json.ts";
import type { Limits } from "../core/limits.ts";
import { nearestName } from "../core/nearest-name.ts";
import { limitFieldsSchema, toLimits } from "../graph/limits-schema.ts";

const EXAMPLES: Readonly<Record<string, string>> = {
  cost_usd: "cost_usd=20",
  tokens: "tokens=20000000",
  wall_clock: "wall_clock=7d",
  steps: "steps=500",
};

/** Reads the values of --limit, each `name=value`. @throws UsageError for the first invalid one. */
export function readLimits(given: readonly string[] = []): Limits {
  return Object.assign({}, ...given.map(readLimit));
}

function readLimit(text: string): Limits {
  const [, name = "", value = ""] = /^([^=]*)=?(.*)$/.exec(text) ?? [];
  const example = ownValue(EXAMPLES, name);
  if (example === undefined) {
    const nearest = nearestName(name, Object.keys(EXAMPLES));
    throw new UsageError(`--limit ${text}: there is no such limit.`, {
      details: [
        ...(nearest === undefined ? [] : [`Did you mean ${nearest}?`]),
        `Write one of ${Object.values(EXAMPLES).join(", ")}; the flag can be given more than once.`,
      ],
    });
  }
  const isNumber = /^\d+(\.\d+)?$/.test(value);
  const parsed = limitFieldsSchema.safeParse({ [name]: isNumber ? Number(value) : value });
  if (parsed.success) return toLimits(parsed.data);
  throw new UsageError(`--limit ${text}: this is not a value for ${name}.`, {
    details: [`For example: --limit ${example}.`],
  });
}
