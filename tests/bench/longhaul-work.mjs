/** Longhaul's own steps and starts, through the built command. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SCRIPT } from "./bare-work.mjs";
import { makeDirectory } from "./directories.mjs";

const COMMAND = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** A run of branch steps only: milliseconds and journal bytes per step, and what the run takes on disk. */
export function measureBranchSteps(steps) {
  return inWorkflow(branchLoop(steps), (run) => ({ ...perStep({ ...run, steps }), ...run, steps }));
}

/** A run of so many agent steps that replay answers: the same. */
export function measureReplayedSteps(steps) {
  return inWorkflow(agentLoop(steps), (run) => ({ ...perStep({ ...run, steps }), ...run, steps }));
}

/** A loop of a script and a branch; what the branch costs is measured apart and taken off. */
export function measureScriptSteps(steps) {
  const branch = measureBranchSteps(200).msPerStep;
  return inWorkflow(scriptLoop(steps), ({ events, bytes }) => {
    const both = perStep({ events, bytes, steps });
    return { ...both, msPerStep: both.msPerStep - branch };
  });
}

/** Milliseconds from the start of the process to the first step. */
export function measureStarts() {
  return inWorkflow(HELLO, ({ events, startedMs }) => {
    const first = events.find((event) => event.type === "step.started");
    return Date.parse(first.at) - startedMs;
  });
}

function perStep({ events, bytes, steps }) {
  const first = events.find((event) => event.type === "step.started");
  return {
    msPerStep: (Date.parse(events.at(-1).at) - Date.parse(first.at)) / steps,
    bytesPerStep: bytes / steps,
  };
}

const END = "  - { id: done, type: terminal }\n";

const branchLoop = (steps) =>
  `name: bench\nstart: again\nnodes:\n  - { id: again, type: branch, path: visits.again, conditions: [{ op: ">=", value: ${steps}, next: done }], default: again }\n${END}`;

const agentLoop = (steps) =>
  `name: bench\nstart: greet\nnodes:\n  - { id: greet, type: agent, prompt: greet.md, outputs: [{ key: greeting, default: none }], max_visits: ${steps}, on_max_visits: done, next: greet }\n${END}`;

const scriptLoop = (steps) =>
  `name: bench\nstart: work\nnodes:\n  - { id: work, type: script, script: step.sh, next: again }\n  - { id: again, type: branch, path: visits.again, conditions: [{ op: ">=", value: ${steps}, next: done }], default: work }\n${END}`;

const HELLO = `name: bench\nstart: greet\nnodes:\n  - { id: greet, type: agent, prompt: greet.md, outputs: [{ key: greeting, default: none }], next: done }\n${END}`;

function inWorkflow(workflow, read) {
  const directory = makeDirectory();
  writeFileSync(join(directory, "workflow.yaml"), workflow);
  writeFileSync(join(directory, "step.sh"), SCRIPT);
  writeFileSync(join(directory, "greet.md"), "Greet.\n");
  writeFileSync(join(directory, "replay.yaml"), "greet: { output: { greeting: hi } }\n");
  mkdirSync(join(directory, "runs"));
  const startedMs = Date.now();
  const run = spawnSync(
    process.execPath,
    [COMMAND, "run", directory, "--cli", "replay", "--quiet", "--workspace", join(directory, "workspace")],
    { encoding: "utf8" },
  );
  if (run.status !== 0) throw new Error(`the run to be measured failed with ${run.status}: ${run.stderr}`);
  const journal = readFileSync(join(directory, "runs", "bench-default", "journal.jsonl"));
  const lines = journal.toString("utf8").trimEnd().split("\n");
  const events = lines.map((line) => JSON.parse(line));
  return read({ events, bytes: journal.length, bytesOnDisk: bytesBelow(join(directory, "runs")), startedMs });
}

/** What a directory takes on disk, in bytes. */
export const bytesBelow = (directory) =>
  Number(spawnSync("du", ["-sk", directory], { encoding: "utf8" }).stdout.split("\t")[0]) * 1024;
