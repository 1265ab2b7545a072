import type { Defaulted } from "./vocabulary.ts";

/** Adds a step that took defaults. Earlier steps of the same node with the same keys are only counted, to bound the list. */
export function withDefaulted(before: readonly Defaulted[], added: Defaulted): Defaulted[] {
  const keys = added.keys.join();
  // A loop comes to its nodes in the same order each time, so the entry is mostly the first.
  const index = before.findIndex((entry) => entry.node === added.node && entry.keys.join() === keys);
  const known = before[index];
  if (known === undefined) return [...before, added];
  return [...before.toSpliced(index, 1), { ...added, times: (known.times ?? 1) + 1 }];
}

/** How many steps took defaults. */
export const countDefaulted = (defaulted: readonly Defaulted[]): number =>
  defaulted.reduce((sum, { times = 1 }) => sum + times, 0);
