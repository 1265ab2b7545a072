import type { ReportUsage } from "../report-data.ts";

/** A cost as far as it is known: `$1.20`, `unpriced`, or both; empty where nothing was used. */
export function costWords(usage: ReportUsage | null): string {
  if (usage === null) return "";
  const known = usage.costUsd === null ? [] : [`$${usage.costUsd.toFixed(usage.costUsd < 0.1 ? 4 : 2)}`];
  const unpriced =
    usage.unpricedTurns === 0 ? [] : [known.length === 0 ? "unpriced" : `${usage.unpricedTurns} unpriced`];
  return [...known, ...unpriced].join(" + ") || "unpriced";
}

/** `12.3k`; empty where nothing was used, `?` where no CLI said. */
export function tokenWords(usage: ReportUsage | null): string {
  if (usage === null) return "";
  if (usage.tokens === null) return "?";
  if (usage.tokens < 1000) return String(usage.tokens);
  const thousands = usage.tokens / 1000;
  return thousands < 1000 ? `${thousands.toFixed(1)}k` : `${(thousands / 1000).toFixed(2)}M`;
}

/** In the reader's own time zone and language. */
export const timeWords = (ms: number): string => new Date(ms).toLocaleString();
