/** What is told of a run to decide whether it goes. */
export interface Removable {
  readonly name: string;
  /** When something last happened in it. */
  readonly activeMs: number;
  readonly sizeBytes: number;
  readonly kind: "finished" | "unfinished" | "running" | "unreadable";
}

/** Which runs are to go; at least one of the first three is given. */
export interface RetentionRule {
  readonly olderThanMs: number | undefined;
  /** The newest so many are kept, whatever else is asked. */
  readonly keep: number | undefined;
  /** All runs together take no more than this, if enough of them may go. */
  readonly maxSizeBytes: number | undefined;
  /** Runs that could still go on may go too. */
  readonly unfinished: boolean;
  readonly nowMs: number;
}

/** The runs to remove, oldest first. A running or unreadable one never is. Pure. */
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
