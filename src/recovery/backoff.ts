export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
  /** Retries made so far. */
  readonly retries: number;
  /** Where in its range the jitter is, from 0 to 1. The caller supplies it, so this function stays deterministic. */
  readonly jitter: number;
}

/** The share of a wait that the jitter may add or subtract. */
export const JITTER_SHARE = 0.25;

/** Keeps an outage from becoming a tight loop of processes and writes, even with a base of 0. */
const SHORTEST_MS = 20;

/** Exponential backoff with jitter: the base doubled per retry, at most the cap, plus or minus up to a quarter. */
export function backoffMs({ baseMs, capMs, retries, jitter }: Backoff): number {
  const plain = Math.max(SHORTEST_MS, Math.min(capMs, baseMs * 2 ** Math.min(retries, 30)));
  return Math.round(plain * (1 - JITTER_SHARE + 2 * JITTER_SHARE * jitter));
}

/** Derives the jitter from a digest, so the same attempt of a step always waits equally long. */
export function jitterFrom({ buffer, byteOffset }: Uint8Array): number {
  return new DataView(buffer, byteOffset).getUint32(0) / 2 ** 32;
}
