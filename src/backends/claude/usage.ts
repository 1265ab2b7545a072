import { isJsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/usage.ts";
import { addUsage } from "../../core/usage.ts";
import { at, numberAt, textAt } from "../json-path.ts";

/** The usage of one message. It appears in several lines, each with the full count at the message's start. */
export interface MessageUsage {
  readonly id: string;
  readonly usage: Usage;
}

/** Undefined when the message does not report it. */
export function messageUsage(message: unknown): MessageUsage | undefined {
  const id = textAt(message, "id");
  const usage = usageFrom(at(message, "usage"), {
    input_tokens: "input_tokens",
    output_tokens: "output_tokens",
    cache_read_tokens: "cache_read_input_tokens",
    cache_write_tokens: "cache_creation_input_tokens",
  });
  return id === undefined || Object.keys(usage).length === 0 ? undefined : { id, usage };
}

/** A result's usage of the whole turn. `modelUsage` includes subagents and non-streaming fallbacks, `usage` does not. */
export function resultUsage(result: unknown): Usage | undefined {
  const models = at(result, "modelUsage");
  if (!isJsonObject(models) || Object.keys(models).length === 0) return undefined;
  const total = Object.values(models)
    .map((model) =>
      usageFrom(model, {
        input_tokens: "inputTokens",
        output_tokens: "outputTokens",
        cache_read_tokens: "cacheReadInputTokens",
        cache_write_tokens: "cacheCreationInputTokens",
      }),
    )
    .reduce(addUsage, {});
  const costUsd = numberAt(result, "total_cost_usd");
  return costUsd === undefined ? { ...total, unpriced_turns: 1 } : { ...total, cost_usd: costUsd };
}

const TOKENS = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"] as const;

/** The token counts under claude's own names. */
function usageFrom(counts: unknown, names: Readonly<Record<(typeof TOKENS)[number], string>>): Usage {
  const usage: Usage = {};
  for (const field of TOKENS) {
    const count = numberAt(counts, names[field]);
    if (count !== undefined) usage[field] = count;
  }
  return usage;
}
