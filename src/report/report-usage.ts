import type { Usage } from "../core/usage.ts";
import type { ReportUsage } from "./report-data.ts";

/** Tokens and cost for the page. Amounts that no CLI reported stay unknown. */
export function reportUsage(usage: Usage): ReportUsage {
  const counts = [
    usage.input_tokens,
    usage.output_tokens,
    usage.cache_read_tokens,
    usage.cache_write_tokens,
  ].filter((count) => count !== undefined);
  return {
    tokens: counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0),
    outputTokens: usage.output_tokens ?? null,
    costUsd: usage.cost_usd ?? null,
    unpricedTurns: usage.unpriced_turns ?? 0,
  };
}

/** Null if nothing was used. */
export const reportUsageIfAny = (usage: Usage): ReportUsage | null =>
  Object.keys(usage).length === 0 ? null : reportUsage(usage);
