/** Runs whose context is large from the first step on: what that costs a step, and how much disk it takes. */
import { longWorkflow, measureLongRuns } from "./scale.mjs";

const SHAPES = [
  { what: "a small context", count: 1, bytesEach: 100 },
  { what: "5 MB in one value", count: 1, bytesEach: 5_000_000 },
  { what: "5 MB in 500 values", count: 500, bytesEach: 10_000 },
  { what: "250 kB in 25 values", count: 25, bytesEach: 10_000 },
];

/** A script fills the context, then come so many steps that change one small value of it. */
export const measureContext = ({ steps, progress }) =>
  measureLongRuns({ cases: SHAPES.map((shape) => caseOf(shape, steps)), progress });

function caseOf({ what, count, bytesEach }, steps) {
  const keys = Array.from({ length: count }, (_, index) => `value_${index}`);
  const outputs = keys.map((key) => `{ key: ${key} }`).join(", ");
  const before = `  - { id: fill, type: script, script: fill.mjs, outputs: [${outputs}], next: work }\n`;
  const values = `Object.fromEntries(${JSON.stringify(keys)}.map((key) => [key, "x".repeat(${bytesEach})]))`;
  return {
    what,
    steps,
    files: {
      ...longWorkflow({ steps, before, start: "fill" }),
      "fill.mjs": `process.stdout.write(JSON.stringify(${values}) + "\\n");\n`,
    },
  };
}
