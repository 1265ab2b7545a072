/** How a run of many steps compares with a run of few: cost of a step, memory, disk, resume, and commands that look. */
import { spawnSync } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  journalEndsWith,
  journalGrows,
  layWorkflow,
  readStepStarts,
  sampleMemory,
  startRun,
  timeCommand,
} from "./long-run.mjs";
import { median } from "./report.mjs";

const EARLY_STEP = 1000;
const WINDOW_STEPS = 1000;
const RESUMES = 5;

/** Runs of these many steps. */
export const measureScale = ({ sizes, progress }) =>
  measureLongRuns({ cases: sizes.map((steps) => ({ steps, files: longWorkflow({ steps }) })), progress });

/** Runs each of the workflows up to a step that does not end, and measures it: `steps`, `files` by name, `what` it is. */
export async function measureLongRuns({ cases, progress }) {
  const runs = [];
  for (const { steps, files, what } of cases) {
    progress(`a run of ${steps} steps${what === undefined ? "" : `, ${what}`}`);
    const laid = layWorkflow({ ...files, "replay.yaml": answers("1h") });
    const memory = await runToHold(laid);
    const starts = await readStepStarts(laid.journal);
    const measured = { ...costs(starts, steps), ...memoryBounds(memory, starts), ...sizeOnDisk(laid) };
    runs.push({ laid, row: { what, steps, ...measured } });
  }
  progress("resumes");
  await measureResumes(runs);
  progress("commands that look");
  for (const { laid, row } of runs) Object.assign(row, await commandTimes(laid));
  return runs.map(({ row }) => row);
}

/** All sizes by turns, so that a noisy moment hits each or none. */
async function measureResumes(runs) {
  const rounds = [];
  for (let round = 0; round < RESUMES; round++) {
    const ofRound = [];
    for (const { laid } of runs) ofRound.push(await resumeOnce(laid));
    rounds.push(ofRound);
  }
  for (const [index, { laid, row }] of runs.entries()) {
    row.resumeMs = median(rounds.map((ofRound) => ofRound[index]));
    writeFileSync(join(laid.directory, "replay.yaml"), answers("0s"));
    await startRun(laid).ended;
  }
}

/** One agent step (answered by replay) for one branch step, then an agent step that does not end; `before` are nodes ahead of them. */
export const longWorkflow = ({ steps, before = "", start = "work" }) => ({
  "workflow.yaml": `name: bench
start: ${start}
nodes:
${before}  - { id: work, type: agent, prompt: work.md, outputs: [{ key: report, default: none }], next: again }
  - { id: again, type: branch, path: visits.again, conditions: [{ op: ">=", value: ${steps / 2}, next: hold }], default: work }
  - { id: hold, type: agent, prompt: work.md, outputs: [{ key: report, default: none }], next: done }
  - { id: done, type: terminal }
`,
  "work.md": "Write report {{ visits.work }}. The last one said: {{ report.text }}\n",
});

export const answers = (delay) =>
  `work: { output: { report: { text: all is well } } }\nhold: { output: { report: { text: done } }, delay: ${delay} }\n`;

/** Runs until the last step has begun, then kills the process as a power cut would. */
async function runToHold(laid) {
  const { child, ended } = startRun(laid);
  const sampler = sampleMemory(child.pid);
  await Promise.race([journalEndsWith(laid.journal, '"node":"hold"'), failWith(ended)]);
  const memory = sampler.stop();
  child.kill("SIGKILL");
  await ended;
  return memory;
}

/** Milliseconds from the start of a process to its first event in the journal. */
async function resumeOnce(laid) {
  const { size: sizeBytes } = statSync(laid.journal);
  const { child, ended, startedMs } = startRun(laid);
  const ms = await Promise.race([journalGrows(laid.journal, { sizeBytes, startedMs }), failWith(ended)]);
  child.kill("SIGKILL");
  await ended;
  return ms;
}

async function failWith(ended) {
  throw new Error(`the run to be measured ended with ${await ended}`);
}

/** Milliseconds per step around step 1,000 and over the last 1,000 steps; null where the run is too short. */
function costs(starts, steps) {
  const half = WINDOW_STEPS / 2;
  const over = (from, to) => (starts[to] - starts[from]) / (to - from);
  const earlyMs = steps >= 2 * EARLY_STEP ? over(EARLY_STEP - half, EARLY_STEP + half) : null;
  const lateMs = over(Math.max(1, steps - WINDOW_STEPS), steps);
  return { earlyMs, lateMs, growth: earlyMs === null ? null : lateMs / earlyMs };
}

/** Memory when step 1,000 began, the least in the last third (after a collection) and the most after it. */
function memoryBounds(samples, starts) {
  const fromMs = starts[EARLY_STEP] ?? Number.POSITIVE_INFINITY;
  const seen = samples.filter(({ atMs }) => atMs >= fromMs).map(({ megabytes }) => megabytes);
  const most = Math.max(...samples.map(({ megabytes }) => megabytes));
  if (seen.length < 10) return { earlyMb: null, lateMb: null, mostMb: most };
  const lastThird = seen.slice(-Math.ceil(seen.length / 3));
  return { earlyMb: seen[0], lateMb: Math.min(...lastThird), mostMb: most };
}

function sizeOnDisk({ runDir, journal }) {
  const count = (words) =>
    Number(spawnSync("du", [...words, runDir], { encoding: "utf8" }).stdout.split("\t")[0]);
  return {
    journalMb: statSync(journal).size / 1e6,
    diskMb: count(["-sk"]) / 1000,
    inodes: count(["-s", "--inodes"]),
  };
}

async function commandTimes({ directory, runDir }) {
  const statusMs = median(await inTurns(() => timeCommand(["status", directory])));
  const showMs = median(await inTurns(() => timeCommand(["show", runDir])));
  const finishedMs = median(
    await inTurns(() => timeCommand(["run", directory, "--cli", "replay", "--quiet"])),
  );
  return { statusMs, showMs, finishedMs };
}

async function inTurns(measure) {
  const results = [];
  for (let count = 0; count < RESUMES; count++) results.push(await measure());
  return results;
}

const GROWTH_ALLOWED = 1.1;
const MEMORY_GROWTH_ALLOWED_MB = 10;
const RESUME_GROWTH_ALLOWED = 1.5;
const RESUME_ALLOWED_MS = 1000;

/** The largest run against the goals. */
export function goalsOfScale(runs) {
  const smallest = runs[0];
  const largest = runs.at(-1);
  return [
    goal("a step at the end, against step 1,000", largest.growth, times(GROWTH_ALLOWED)),
    goal("memory in use at the end, against step 1,000", largest.lateMb - largest.earlyMb, [
      "10 MB more",
      MEMORY_GROWTH_ALLOWED_MB,
    ]),
    goal("most memory before a collection, against step 1,000", largest.mostMb - largest.earlyMb, [
      "10 MB more",
      MEMORY_GROWTH_ALLOWED_MB,
    ]),
    goal(
      "resume, against the smallest run",
      largest.resumeMs / smallest.resumeMs,
      times(RESUME_GROWTH_ALLOWED),
    ),
    goal("resume, ms", largest.resumeMs, ["under 1,000 ms", RESUME_ALLOWED_MS]),
  ];
}

const goal = (what, measured, [text, allowed]) => ({
  what,
  measured: measured.toFixed(2),
  goal: text,
  share: measured / allowed,
});

const times = (allowed) => [`${allowed} times`, allowed];
