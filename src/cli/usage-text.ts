/** Formats tokens and cost for display. Amounts that no CLI reported are not shown as 0. */

interface Amounts {
  readonly tokens: Readonly<Record<string, number | null>>;
  readonly cost_usd: number | null;
  readonly unpriced_turns: number;
}

/** The sum of all tokens, or `-` if no CLI reported any. */
export function tokensText({ tokens }: Pick<Amounts, "tokens">): string {
  const counted = ["input", "output", "cache_read", "cache_write"].flatMap((name) => tokens[name] ?? []);
  return counted.length === 0 ? "-" : compactCount(counted.reduce((sum, count) => sum + count, 0));
}

/** `$1.20`, `$1.20 + 3 unpriced`, `unpriced`, or `-` without anything to price. */
export function costText({ cost_usd, unpriced_turns }: Omit<Amounts, "tokens">): string {
  if (cost_usd === null) return unpriced_turns > 0 ? "unpriced" : "-";
  const cost = `$${cost_usd < 0.1 && cost_usd > 0 ? cost_usd.toFixed(4) : cost_usd.toFixed(2)}`;
  return unpriced_turns > 0 ? `${cost} + ${unpriced_turns} unpriced` : cost;
}

/** `950`, `12.3k`, `4.5M`. */
export function compactCount(count: number): string {
  if (count < 1000) return String(count);
  return count < 999_950 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}
