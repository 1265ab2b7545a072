import type { ReportUsage } from "../report-data.ts";

/** Formats the known cost: `$1.20`, `unpriced`, or both; empty without anything to price. */
export function costWords(usage: ReportUsage | null): string {
  if (usage === null) return "";
  const known = usage.costUsd === null ? [] : [`$${usage.costUsd.toFixed(usage.costUsd < 0.1 ? 4 : 2)}`];
  const unpriced =
    usage.unpricedTurns === 0 ? [] : [known.length === 0 ? "unpriced" : `${usage.unpricedTurns} unpriced`];
  return [...known, ...unpriced].join(" + ");
}

/** `12.3k`; empty if no CLI reported any. */
export function tokenWords(usage: ReportUsage | null): string {
  if (usage === null || usage.tokens === null) return "";
  if (usage.tokens < 1000) return String(usage.tokens);
  const thousands = usage.tokens / 1000;
  return thousands < 1000 ? `${thousands.toFixed(1)}k` : `${(thousands / 1000).toFixed(2)}M`;
}

/** `2026-03-01 10:00:00` in the reader's time zone, in the same format as elsewhere. */
export function timeWords(ms: number): string {
  const at = new Date(ms);
  const day = [at.getFullYear(), at.getMonth() + 1, at.getDate()];
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()];
  return `${day.map(twoDigits).join("-")} ${time.map(twoDigits).join(":")}`;
}

const twoDigits = (value: number): string => String(value).padStart(2, "0");

/** The reader's time zone at that time: `UTC+1`, `UTC-3:30`. */
export function zoneWords(ms: number): string {
  const aheadMinutes = -new Date(ms).getTimezoneOffset();
  if (aheadMinutes === 0) return "UTC";
  const minutes = Math.abs(aheadMinutes);
  const rest = minutes % 60 === 0 ? "" : `:${twoDigits(minutes % 60)}`;
  return `UTC${aheadMinutes < 0 ? "-" : "+"}${Math.floor(minutes / 60)}${rest}`;
}
