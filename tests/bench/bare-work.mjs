/** The bare work that Longhaul's steps are measured against. */
import { spawnSync } from "node:child_process";
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
import { execa } from "execa";
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

/**
 * Milliseconds per script step of a program that does nothing but what the run directory asks for: a durable intent, the
 * attempt's directory, the script in a group of its own with its output read, the files beside it and the links to them.
 * It starts the script as Longhaul does, with the same library and the same of it switched off.
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
  const child = execa("bash", [script], { ...STARTED_AS_BY_LONGHAUL, cwd: stepDirectory, env: ENVIRONMENT });
  child.stdout.resume();
  child.stderr.resume();
  const closed = new Promise((resolve) => child.once("close", resolve));
  // What can be written while the script runs, is.
  writeFileSync(join(attempt, "process.json"), "{}");
  for (const name of logs) symlinkSync(join("attempts", "01", name), join(stepDirectory, name));
  writeWhole(join(stepDirectory, "command.txt"));
  await closed;
  for (const file of files) closeSync(file);
  writeWhole(join(attempt, "result.json"));
}

function writeWhole(path) {
  writeFileSync(`${path}.tmp`, "{}");
  renameSync(`${path}.tmp`, path);
}

const ENVIRONMENT = { ...process.env };

/** As in src/process/start-process.ts. */
const STARTED_AS_BY_LONGHAUL = {
  extendEnv: false,
  reject: false,
  stripFinalNewline: false,
  windowsHide: false,
  verbose: "none",
  cleanup: false,
  forceKillAfterDelay: false,
  stdin: "ignore",
  stdout: "pipe",
  stderr: "pipe",
  buffer: false,
  encoding: "buffer",
  detached: true,
};

/** Milliseconds of a Node.js process that does nothing. */
export function measureBareNode() {
  const startedMs = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - startedMs;
}
