import type { Defaulted } from "./vocabulary.ts";

/** One step more that took defaults: earlier ones of the same node with the same keys are counted, not kept. */
export function withDefaulted(before: readonly Defaulted[], added: Defaulted): Defaulted[] {
  const isSame = ({ node, keys }: Defaulted) => node === added.node && keys.join() === added.keys.join();
  const times = countDefaulted(before.filter(isSame)) + 1;
  return [...before.filter((entry) => !isSame(entry)), times === 1 ? added : { ...added, times }];
}

/** Steps that took defaults, each of them counted. */
export const countDefaulted = (defaulted: readonly Defaulted[]): number =>
  defaulted.reduce((sum, { times = 1 }) => sum + times, 0);
