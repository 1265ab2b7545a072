/** What a step costs in runs of different shapes: the same nodes again and again, many nodes, many keys, all of it. */
import { layWorkflow, readStepStarts, sampleCpuOverTime, startRun } from "./long-run.mjs";
import { median } from "./report.mjs";

const ROUNDS = 3;
/** A step of a large graph may cost so much more than one of a small one. */
const GROWTH_ALLOWED = 1.5;
/** With many keys the file of the whole context, up to 256 KiB of it, is what a step takes longer for. */
const GROWTH_WITH_KEYS_ALLOWED = 2;
/** A default at the first answer that cannot be used, so that each step has one attempt. */
const ONE_TRY = { AGENT_MAX_OUTPUT_RETRIES: "0", AGENT_MAX_REPHRASE_ATTEMPTS: "0" };

/** Shapes of so many nodes, visits or keys each, by turns; and with `longSteps` all of it in one run of so many steps. */
export async function measureShapes({ size, longSteps, progress }) {
  const shapes = [oneNode(size), manyNodes(size), manyKeys(size), allOfIt({ nodes: size, steps: 4 * size })];
  const rounds = shapes.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, shape] of shapes.entries()) {
      progress(`${shape.what}, round ${round + 1} of ${ROUNDS}`);
      rounds[index].push(await measureRun(shape));
    }
  }
  const rows = shapes.map((shape, index) => rowOf(shape, rounds[index]));
  if (longSteps !== undefined) {
    const long = allOfIt({ nodes: size, steps: longSteps });
    progress(`${long.what}, ${longSteps} steps`);
    rows.push(rowOf(long, [await measureRun(long)]));
  }
  const [{ cpuMs: first }] = rows;
  return rows.map((row) => ({ ...row, growth: row.cpuMs / first }));
}

function rowOf({ what, nodes, keys }, rounds) {
  const of = (name) => median(rounds.map((round) => round[name]));
  return { what, nodes, keys, steps: rounds[0].steps, ms: of("ms"), cpuMs: of("cpuMs") };
}

/** Milliseconds a step over the second half of a run, when its state is large: as time passes, and of the processor. */
async function measureRun({ files }) {
  const laid = layWorkflow(files);
  const { child, ended } = startRun(laid, ONE_TRY);
  const cpu = sampleCpuOverTime(child.pid);
  const code = await ended;
  const samples = cpu.stop();
  if (code !== 0 && code !== 8) throw new Error(`the run to be measured ended with ${code}`);
  const starts = await readStepStarts(laid.journal);
  const [middle, last] = [Math.ceil(starts.length / 2), starts.length - 1];
  const a = (use) => (use(starts[last]) - use(starts[middle])) / (last - middle);
  return { steps: last, ms: a((atMs) => atMs), cpuMs: a((atMs) => cpuAt(samples, atMs)) };
}

/** Between two samples it is taken to be used evenly. */
function cpuAt(samples, atMs) {
  const index = samples.findIndex((sample) => sample.atMs >= atMs);
  const [before, after] = [samples[index - 1], samples[index]];
  if (before === undefined) return (after ?? samples.at(-1)).cpuMs;
  const share = (atMs - before.atMs) / (after.atMs - before.atMs);
  return before.cpuMs + share * (after.cpuMs - before.cpuMs);
}

const END = "  - { id: done, type: terminal }\n";
const PROMPT = "Work. The last one said: {{ report }}{{ before }}\n";
const numbers = (count) => Array.from({ length: count }, (_, index) => index);

const workflow = ({ start, nodes, header = "", replay, files = {} }) => ({
  ...files,
  "work.md": PROMPT,
  "workflow.yaml": `name: bench\nstart: ${start}\n${header}vars: { report: none, before: "" }\nnodes:\n${nodes}${END}`,
  "replay.yaml": replay,
});

/** An agent that writes a key, and a branch behind it: in every shape half of the steps are agents. */
const pair = ({ id, key, more = "", branch, next }) =>
  `  - { id: work${id}, type: agent, prompt: work.md, outputs: [{ key: ${key}, default: none }], ${more}next: check${id} }
  - { id: check${id}, type: branch, ${branch}, default: ${next} }\n`;
const says = ({ id, key }) => `work${id}: { output: { ${key}: all is well } }\n`;
const until = (path, count, next) =>
  `path: ${path}, conditions: [{ op: ">=", value: ${count}, next: ${next} }]`;

const loopOf = (steps) =>
  pair({ id: "", key: "report", branch: until("visits.check", steps / 2, "done"), next: "work" });

const oneNode = (steps) => ({
  what: "two nodes again and again",
  nodes: 2,
  keys: 2,
  files: workflow({ start: "work", nodes: loopOf(steps), replay: says({ id: "", key: "report" }) }),
});

function manyNodes(count) {
  const ids = numbers(count / 2).map((index) => `_${index}`);
  const nodes = ids.map((id, index) => {
    const next = index + 1 < ids.length ? `work${ids[index + 1]}` : "done";
    return pair({ id, key: "report", branch: `path: visits.check${id}, cases: { "0": done }`, next });
  });
  const replay = ids.map((id) => says({ id, key: "report" })).join("");
  return {
    what: "as many different nodes as steps",
    nodes: count,
    keys: 2,
    files: workflow({ start: "work_0", nodes: nodes.join(""), replay }),
  };
}

/** A script fills the context first. */
function manyKeys(count) {
  const keys = numbers(count).map((index) => `key_${index}`);
  const outputs = keys.map((key) => `{ key: ${key} }`).join(", ");
  const fill = `  - { id: fill, type: script, script: fill.mjs, outputs: [${outputs}], next: work }\n`;
  const values = `Object.fromEntries(${JSON.stringify(keys)}.map((key) => [key, "all is well"]))`;
  const files = { "fill.mjs": `process.stdout.write(JSON.stringify(${values}) + "\\n");\n` };
  const replay = says({ id: "", key: "report" });
  return {
    what: "two nodes, as many keys as steps",
    nodes: 3,
    keys: count + 2,
    files: workflow({ start: "fill", nodes: `${fill}${loopOf(count)}`, replay, files }),
  };
}

/**
 * Pairs with a key each, sent back once by their branch, in a loop around all of them. Each agent reads what the one before
 * wrote; every twentieth has no usable answer and takes its default; labels change with the steps.
 */
function allOfIt({ nodes: count, steps }) {
  const pairs = numbers(count / 2);
  const laps = Math.max(1, Math.floor(steps / (4 * pairs.length)));
  const nodes = pairs.map((index) => {
    const before = index % 20 === 0 ? "none" : `{{ key_${index - 1} }}`;
    return pair({
      id: `_${index}`,
      key: `key_${index}`,
      more: `args: { before: "${before}" }, `,
      branch: `when: [{ if: "{{ visits.check_${index} % 2 == 1 }}", next: work_${index} }]`,
      next: index + 1 < pairs.length ? `work_${index + 1}` : "lap",
    });
  });
  const lap = `  - { id: lap, type: branch, ${until("visits.lap", laps, "done")}, default: work_0 }\n`;
  const replay = pairs.map((index) =>
    index % 20 === 19 ? `work_${index}: { text: Sorry. }\n` : says({ id: `_${index}`, key: `key_${index}` }),
  );
  return {
    what: "all of it, in loops",
    nodes: count + 1,
    keys: pairs.length + 2,
    files: workflow({
      start: "work_0",
      header: 'labels: { lap: "{{ visits.lap }}", said: "{{ key_0 }}" }\n',
      nodes: `${nodes.join("")}${lap}`,
      replay: replay.join(""),
    }),
  };
}

/** Every shape against the smallest. */
export const goalsOfShapes = ([, ...larger]) =>
  larger.map(({ what, steps, keys, growth }) => {
    const allowed = keys > 2 ? GROWTH_WITH_KEYS_ALLOWED : GROWTH_ALLOWED;
    return {
      what: `a step of ${what} (${steps} steps), against the first row`,
      measured: growth.toFixed(2),
      goal: `${allowed} times`,
      share: growth / allowed,
    };
  });
