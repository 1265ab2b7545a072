import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CRASH_ENVIRONMENT } from "./crash-workflow.ts";
import { crashScene, KILL_AT } from "./crash-run.ts";
import type { Ended, Scene, StartOptions } from "./longhaul.ts";

/** A run of the crash workflow that can be damaged, started again and restored, any number of times. */
export interface StrangeRun {
  readonly scene: Scene;
  readonly dir: string;
  readonly journal: string;
  readonly checkpoint: string;
  /** What all runs of the runs directory share. */
  readonly shared: string;
  /** The journal's original lines. */
  readonly lines: readonly string[];
  /** How many of the lines, and of their bytes, the checkpoint covers. */
  readonly checkpointLines: number;
  readonly checkpointOffset: number;
  /** Restores the original state. */
  rewind(): void;
  /** The command that resumes it. */
  start(options?: StartOptions): Promise<Ended>;
}

const COMMAND = ["run", "crash", "--cli", "replay", "--limit"] as const;

/** Stopped normally after four steps, which leaves a checkpoint; resumed, and killed in the script of the sixth. */
export async function strangeRun(): Promise<StrangeRun> {
  const scene = crashScene();
  await scene.exits(5, [...COMMAND, "steps=4"], { env: CRASH_ENVIRONMENT });
  await scene.run([...COMMAND, "steps=100"], {
    nodeArgs: ["--import", KILL_AT],
    env: { ...CRASH_ENVIRONMENT, KILL_AT: "spawn#1:after", KILL_FAMILY: "1" },
  });
  const saved = scene.path("saved");
  for (const part of KEPT) copy(scene.path(part), join(saved, part));
  const dir = join(scene.runs, "crash-default");
  const journal = join(dir, "journal.jsonl");
  const checkpoint = join(dir, "checkpoint.json");
  const { seq, offset } = JSON.parse(readFileSync(checkpoint, "utf8")) as { seq: number; offset: number };
  return {
    scene,
    dir,
    journal,
    checkpoint,
    shared: join(scene.runs, ".longhaul"),
    lines: readFileSync(journal, "utf8").trimEnd().split("\n"),
    checkpointLines: seq,
    checkpointOffset: offset,
    rewind: () => {
      for (const part of KEPT) copy(join(saved, part), scene.path(part));
    },
    start: ({ env, ...options } = {}) =>
      scene.run([...COMMAND, "steps=100"], { ...options, env: { ...CRASH_ENVIRONMENT, ...env } }),
  };
}

/** The runs, and the workspaces in the home. */
const KEPT = ["runs", "home", "ledger"] as const;

function copy(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}
