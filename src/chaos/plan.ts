import type { ChaosCase, Target } from "./case.ts";
import { faultsOf, type NodeTraits } from "./faults.ts";
import { createRandom } from "./random.ts";

export interface PlanInput {
  readonly targets: readonly Target[];
  readonly traitsOf: (node: string) => NodeTraits;
  readonly seed: number;
  /** Upper bound of the plan's cases. */
  readonly maxCases: number;
}

export interface Plan {
  readonly cases: readonly ChaosCase[];
  /** Number of cases without the bound. */
  readonly possible: number;
}

/** Plans every fault at every step. Above the bound it samples each step in turn. Pure: the same input gives the same plan. */
export function planCases({ targets, traitsOf, seed, maxCases }: PlanInput): Plan {
  const random = createRandom(seed);
  const all = targets.flatMap((target) =>
    faultsOf(target, traitsOf(target.node), random).map((fault) => ({ target, fault })),
  );
  const chosen = new Set(all.length <= maxCases ? all : sample(all, { maxCases, random }));
  const cases = all.filter((one) => chosen.has(one)).map((one, index) => ({ number: index + 1, ...one }));
  return { cases, possible: all.length };
}

type Planned = Omit<ChaosCase, "number">;

interface Sampling {
  readonly maxCases: number;
  readonly random: () => number;
}

/** Takes one random fault of each step, then a second of each, and so on, up to the bound. */
function sample(all: readonly Planned[], { maxCases, random }: Sampling): readonly Planned[] {
  const ranked = all
    .map((one) => ({ one, rank: random() }))
    .toSorted((left, right) => left.rank - right.rank);
  const taken = new Map<number, number>();
  const inRounds = ranked.map(({ one }, order) => {
    const round = taken.get(one.target.step) ?? 0;
    taken.set(one.target.step, round + 1);
    return { one, round, order };
  });
  return inRounds
    .toSorted((left, right) => left.round - right.round || left.order - right.order)
    .slice(0, maxCases)
    .map(({ one }) => one);
}
