const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Parses `90s`, `15m`, `2h`, `7d`, `250ms` or a bare number of seconds into milliseconds; undefined for anything else. */
export function parseDurationMs(text: string | number): number | undefined {
  if (typeof text === "number") return text >= 0 && Number.isFinite(text) ? text * 1000 : undefined;
  const match = PATTERN.exec(text.trim());
  if (!match) return undefined;
  const unit = match[2] as keyof typeof UNIT_MS; // the pattern admits only these units
  return Number(match[1]) * UNIT_MS[unit];
}

/** Formats milliseconds for display: `850ms`, `4.2s`, `3m 20s`, `2h 05m`, `3d 4h`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${twoDigits(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${twoDigits(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

const twoDigits = (value: number): string => String(value).padStart(2, "0");
