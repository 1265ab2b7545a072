/** The bare work that Longhaul's steps are measured against. */
import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  renameSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { makeDirectory } from "./directories.mjs";

export const SCRIPT = "#!/usr/bin/env bash\nexit 0\n";

/** Milliseconds per append of `bytes` with fdatasync. */
export function measureBareAppends({ count, bytes }) {
  const directory = makeDirectory();
  const file = openSync(join(directory, "appended"), "a");
  const line = Buffer.alloc(Math.round(bytes), "x");
  const startedMs = performance.now();
  for (let done = 0; done < count; done++) {
    writeSync(file, line);
    fdatasyncSync(file);
  }
  const ms = (performance.now() - startedMs) / count;
  closeSync(file);
  return ms;
}

/** Milliseconds per bare start of the script, one after the other. */
export async function measureBareSpawn(count) {
  const directory = makeDirectory();
  const script = join(directory, "step.sh");
  writeFileSync(script, SCRIPT);
  const startedMs = performance.now();
  for (let done = 0; done < count; done++) {
    await new Promise((resolve) => spawn("bash", [script], { stdio: "ignore" }).on("close", resolve));
  }
  const ms = (performance.now() - startedMs) / count;
  return ms;
}

/**
 * Milliseconds per script step of a program that does nothing but what the run directory asks for: a durable intent, the
 * attempt's directory, the script in a group of its own with its output read, the files beside it and the links to them.
 */
export async function measureBareScriptStep({ count, bytes }) {
  const directory = makeDirectory();
  const script = join(directory, "step.sh");
  writeFileSync(script, SCRIPT);
  const journal = openSync(join(directory, "journal"), "a");
  const line = Buffer.alloc(Math.round(bytes), "x");
  const startedMs = performance.now();
  for (let step = 0; step < count; step++) {
    writeSync(journal, line);
    fdatasyncSync(journal);
    await bareScriptStep({ script, stepDirectory: join(directory, `step-${step}`) });
  }
  const ms = (performance.now() - startedMs) / count;
  closeSync(journal);
  return ms;
}

async function bareScriptStep({ script, stepDirectory }) {
  const attempt = join(stepDirectory, "attempts", "01");
  for (const made of [stepDirectory, join(stepDirectory, "attempts"), attempt]) mkdirSync(made);
  const logs = ["stdout.log", "stderr.log"];
  const files = logs.map((name) => openSync(join(attempt, name), "w"));
  const child = spawn("bash", [script], { stdio: ["ignore", "pipe", "pipe"], detached: true });
  child.stdout.resume();
  child.stderr.resume();
  const closed = new Promise((resolve) => child.on("close", resolve));
  for (const name of logs) {
    const temporary = join(stepDirectory, `${name}.tmp`);
    symlinkSync(join("attempts", "01", name), temporary);
    renameSync(temporary, join(stepDirectory, name));
  }
  writeFileSync(join(attempt, "process.json"), "{}");
  await closed;
  for (const file of files) closeSync(file);
  for (const path of [join(stepDirectory, "command.txt"), join(attempt, "result.json")])
    writeFileSync(path, "{}");
}

/** Milliseconds of a Node.js process that does nothing. */
export function measureBareNode() {
  const startedMs = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - startedMs;
}
