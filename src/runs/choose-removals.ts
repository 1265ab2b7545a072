/** What decides whether a run is removed. */
export interface Removable {
  readonly name: string;
  /** Time of its last event. */
  readonly activeMs: number;
  readonly sizeBytes: number;
  readonly kind: "finished" | "unfinished" | "running" | "unreadable";
}

/** Which runs to remove. At least one of the first three is given. */
export interface RetentionRule {
  readonly olderThanMs: number | undefined;
  /** This many of the newest runs are kept, whatever the other rules say. */
  readonly keep: number | undefined;
  /** Remove runs until all together take at most this, as far as the other rules allow. */
  readonly maxSizeBytes: number | undefined;
  /** Unfinished runs, which could be resumed, may be removed too. */
  readonly unfinished: boolean;
  readonly nowMs: number;
}

/** The runs to remove, oldest first. Never includes a running or an unreadable run. Pure. */
export function chooseRemovals<T extends Removable>(runs: readonly T[], rule: RetentionRule): readonly T[] {
  const { olderThanMs, keep, maxSizeBytes, nowMs } = rule;
  const candidates = runs
    .filter(({ kind }) => kind === "finished" || (kind === "unfinished" && rule.unfinished))
    .toSorted((left, right) => left.activeMs - right.activeMs);
  const spare = candidates.slice(0, Math.max(0, candidates.length - (keep ?? 0)));
  if (olderThanMs === undefined && maxSizeBytes === undefined) return keep === undefined ? [] : spare;
  const tooOld = spare.filter(({ activeMs }) => olderThanMs !== undefined && nowMs - activeMs >= olderThanMs);
  if (maxSizeBytes === undefined) return tooOld;
  let leftBytes = sumOf(runs) - sumOf(tooOld);
  const tooLarge = spare.filter((run) => {
    if (tooOld.includes(run) || leftBytes <= maxSizeBytes) return false;
    leftBytes -= run.sizeBytes;
    return true;
  });
  return spare.filter((run) => tooOld.includes(run) || tooLarge.includes(run));
}

const sumOf = (runs: readonly Removable[]): number => runs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
