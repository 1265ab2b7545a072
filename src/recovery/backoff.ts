export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
  /** Retries made so far. */
  readonly retries: number;
  /** Where in its range the jitter lies, from 0 to 1. The caller draws it, so that this stays deterministic. */
  readonly jitter: number;
}

/** How much of a wait the jitter may add or take. */
export const JITTER_SHARE = 0.25;

/** Even with a base of 0, an outage is no tight loop of processes and writes. */
const SHORTEST_MS = 20;

/** Exponential backoff with jitter: base, doubled per retry, at most the cap, moved by up to a quarter either way. */
export function backoffMs({ baseMs, capMs, retries, jitter }: Backoff): number {
  const plain = Math.max(SHORTEST_MS, Math.min(capMs, baseMs * 2 ** Math.min(retries, 30)));
  return Math.round(plain * (1 - JITTER_SHARE + 2 * JITTER_SHARE * jitter));
}

/** The jitter that a digest stands for: one attempt of one step of a run always waits equally long. */
export function jitterFrom({ buffer, byteOffset }: Uint8Array): number {
  return new DataView(buffer, byteOffset).getUint32(0) / 2 ** 32;
}
