/**
 * What a step and a start cost, as ratios to the bare work on the same machine in the same run. Absolute times depend
 * on the machine and its neighbours; the ratios do not, much.
 */
import { measureBareAppends, measureBareNode, measureBareScriptStep } from "./bare-work.mjs";
import { measureBranchSteps, measureScriptSteps, measureStarts } from "./longhaul-work.mjs";
import { median } from "./report.mjs";

const ROUNDS = 5;
/** As many on both sides. In the first hundred steps the engine still compiles what it will run for a week. */
const SCRIPT_STEPS = 300;

/** One comparison each of a branch step, a script step and a start. */
export async function measureStepCost({ progress }) {
  progress("branch steps");
  const [branch] = await inTurns(async () => {
    const steps = measureBranchSteps(2000);
    const append = measureBareAppends({ count: 1000, bytes: steps.bytesPerStep });
    return [{ own: steps.msPerStep, bare: append, allowed: 3 * append }];
  });
  progress("script steps");
  const [script] = await inTurns(async () => {
    const { msPerStep: own, bytesPerStep: bytes } = measureScriptSteps(SCRIPT_STEPS);
    const bare = await measureBareScriptStep({ count: SCRIPT_STEPS, bytes });
    return [{ own, bare, allowed: 1.5 * bare }];
  });
  progress("starts");
  const [start] = await inTurns(async () => {
    const bare = measureBareNode();
    return [{ own: measureStarts(), bare, allowed: 4 * bare }];
  });
  return [
    { what: "branch step", against: "3 bare appends with fdatasync", ...branch },
    { what: "script step", against: "1.5 times the calls its run directory takes, bare", ...script },
    { what: "start to first step (replay)", against: "4 bare `node -e 0`", ...start },
  ];
}

/** Medians over rounds, so that a noisy moment hits both sides or none. A round gives one or more comparisons. */
async function inTurns(round) {
  const rounds = [];
  for (let count = 0; count < ROUNDS; count++) rounds.push(await round());
  return rounds[0].map((_, index) => compare(rounds.map((comparisons) => comparisons[index])));
}

function compare(rounds) {
  const of = (pick) => median(rounds.map(pick));
  return {
    ownMs: of(({ own }) => own),
    bareMs: of(({ bare }) => bare),
    allowedMs: of(({ allowed }) => allowed),
    share: of(({ own, allowed }) => own / allowed),
  };
}
