/** One long run of the built command, watched from outside while it goes on. */
import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  createReadStream,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { makeDirectory } from "./directories.mjs";

export const COMMAND = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const SAMPLE_EVERY_MS = 50;

/** Lays a workflow down: `files` by name; returns where its run will be. */
export function layWorkflow(files) {
  const directory = makeDirectory();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  mkdirSync(join(directory, "runs"));
  const runDir = join(directory, "runs", "bench-default");
  return { directory, runDir, journal: join(runDir, "journal.jsonl") };
}

/** Starts or resumes the run; the caller ends it, or waits for `ended`. `environment` comes on top of our own. */
export function startRun({ directory }, environment = {}) {
  const startedMs = performance.now();
  const child = spawn(
    process.execPath,
    [COMMAND, "run", directory, "--cli", "replay", "--quiet", "--workspace", join(directory, "workspace")],
    { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, ...environment } },
  );
  const ended = new Promise((resolve) => child.on("close", resolve));
  return { child, ended, startedMs };
}

/** Milliseconds of a command of Longhaul that only looks. */
export function timeCommand(words) {
  const startedMs = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [COMMAND, ...words], { maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`longhaul ${words.join(" ")} ended with ${status}: ${stderr.toString()}`);
  return performance.now() - startedMs;
}

/** Memory of a process over time, in MB, until `stop` is called. */
export function sampleMemory(pid) {
  const samples = [];
  const timer = setInterval(() => {
    const status = readIfThere(`/proc/${pid}/status`);
    const kilobytes = /VmRSS:\s+(\d+)/.exec(status)?.[1];
    if (kilobytes !== undefined) samples.push({ atMs: Date.now(), megabytes: Number(kilobytes) / 1024 });
  }, SAMPLE_EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return samples;
    },
  };
}

/** Milliseconds of processor time that a process has used, as last seen when `stop` is called. */
export function sampleCpu(pid) {
  const cpu = sampleCpuOverTime(pid);
  return { stop: () => cpu.stop().at(-1)?.cpuMs ?? 0 };
}

/** The same over time, until `stop` is called. */
export function sampleCpuOverTime(pid) {
  const samples = [];
  const timer = setInterval(() => {
    // Behind the name, which may hold blanks: user and system time, the 12th and 13th field, in hundredths of a second.
    const fields = readIfThere(`/proc/${pid}/stat`).split(") ").at(-1).split(" ");
    if (fields.length > 13)
      samples.push({ atMs: Date.now(), cpuMs: (Number(fields[11]) + Number(fields[12])) * 10 });
  }, SAMPLE_EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return samples;
    },
  };
}

/** Waits until the journal ends with a line that holds `text`. */
export async function journalEndsWith(journal, text) {
  while (!lastBytes(journal).includes(text)) await sleep(20);
}

/** Milliseconds until the journal has grown beyond `sizeBytes`, counted from `startedMs`. */
export async function journalGrows(journal, { sizeBytes, startedMs }) {
  while (statSync(journal).size <= sizeBytes) await sleep(1);
  return performance.now() - startedMs;
}

/** When each step began, in milliseconds; the index is the step's number. */
export async function readStepStarts(journal) {
  const starts = [];
  for await (const line of createInterface({ input: createReadStream(journal) })) {
    if (!line.includes('"type":"step.started"')) continue;
    const { step, at } = JSON.parse(line);
    starts[step] = Date.parse(at);
  }
  return starts;
}

const TAIL_BYTES = 16 * 1024;

/** The end of a file that may be large, or not there yet. */
function lastBytes(path) {
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes === 0) return "";
  const bytes = Buffer.alloc(Math.min(TAIL_BYTES, sizeBytes));
  const file = openSync(path, "r");
  readSync(file, bytes, 0, bytes.length, sizeBytes - bytes.length);
  closeSync(file);
  return bytes.toString("utf8");
}

/** A process that has just ended has no status any more. */
function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
