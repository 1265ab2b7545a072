const UNIT_BYTES = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;
const PATTERN = /^(\d+(?:\.\d+)?)\s*([KMGT]?B)$/i;

/** Reads `10GB`, `1.5MB` or `0B` as bytes; undefined for anything else. */
export function parseSizeBytes(text: string): number | undefined {
  const match = PATTERN.exec(text.trim());
  if (!match) return undefined;
  const unit = (match[2] ?? "").toUpperCase() as keyof typeof UNIT_BYTES; // the pattern admits only these units
  return Math.round(Number(match[1]) * UNIT_BYTES[unit]);
}

/** `812B`, `4.2KB`, `1.3GB`. */
export function sizeText(bytes: number): string {
  const unit = (["TB", "GB", "MB", "KB"] as const).find((name) => bytes >= UNIT_BYTES[name]);
  return unit === undefined ? `${bytes}B` : `${(bytes / UNIT_BYTES[unit]).toFixed(1)}${unit}`;
}
