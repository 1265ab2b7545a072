import { createHash } from "node:crypto";

export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
  /** Retries made so far. */
  readonly retries: number;
  /** What the jitter is drawn from: the same seed gives the same wait, so that the engine stays deterministic. */
  readonly seed: string;
}

/** How much of a wait the jitter may add or take. */
export const JITTER_SHARE = 0.25;

/** Even with a base of 0, an outage is no tight loop of processes and writes. */
const SHORTEST_MS = 20;

/** Exponential backoff with jitter: base, doubled per retry, at most the cap, moved by up to a quarter either way. */
export function backoffMs({ baseMs, capMs, retries, seed }: Backoff): number {
  const plain = Math.max(SHORTEST_MS, Math.min(capMs, baseMs * 2 ** Math.min(retries, 30)));
  return Math.round(plain * (1 - JITTER_SHARE + 2 * JITTER_SHARE * fraction(seed)));
}

/** A number in [0, 1) that depends on nothing but the seed. */
function fraction(seed: string): number {
  return createHash("sha256").update(seed).digest().readUInt32BE(0) / 2 ** 32;
}
