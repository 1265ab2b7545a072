import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { childOf } from "./elsewhere.ts";
import { liveSteps } from "./live-steps.ts";
import { createScene, expectExit, type Scene, type Started, type StartOptions } from "./longhaul.ts";
import { openRunDirectory, type RunDirectory, timedTreeOf } from "./run-directory.ts";
import { until } from "./until.ts";

const COMMAND = ["run", "held", "--cli", "replay"];

/** An agent that may meet an outage, then a script that records its start and waits for a gate. */
export const heldScene = (agent = "output: { answer: 42 }"): Scene => {
  const scene = createScene();
  scene.write({
    "held/workflow.yaml": `
name: held
start: ask
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: answer }], next: work }
  - { id: work, type: script, script: work.sh, next: done }
  - { id: done, type: terminal }
`,
    "held/ask.md": "What is it?\n",
    "held/work.sh": `#!/usr/bin/env bash
echo "$LONGHAUL_STEP \${LONGHAUL_RESUMED:-0}" >> "$LEDGER"
while [ ! -e "$GATE" ]; do sleep 0.05; done
`,
    "held/replay.yaml": `ask: [[{ ${agent} }, { output: { answer: 42 } }]]\n`,
  });
  return scene;
};
export const OUTAGE = "failure: { class: transient, reason: server_error, message: Overloaded. }";

export const startHeld = (scene: Scene, { env, ...where }: StartOptions = {}): Started =>
  scene.start(COMMAND, { ...where, env: { ...env, GATE: scene.path("gate") } });

/** A start whose script has started. */
export async function startedInScript(scene: Scene, where?: StartOptions): Promise<Started> {
  const before = scene.ledger().length;
  const started = startHeld(scene, where);
  await until(
    () => scene.ledger().length === before + 1,
    () => `the script begins:\n${started.stderr()}`,
    60_000,
  );
  return started;
}

/** The pid of the runner behind `unshare`. */
export const runnerOf = ({ pid }: Started): number => childOf(pid) ?? 0;

/** Starts the command while another process holds the run; returns how many files that changed. */
export async function refused(scene: Scene, ...says: readonly string[]): Promise<number> {
  const before = await quietTree(scene);
  const { stderr } = expectExit(4, await startHeld(scene).ended);
  for (const text of says) expect(stderr).toContain(text);
  const after = runTree(scene);
  const changed = Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
  expect(changed).toEqual([]);
  return changed.length;
}

/** Resolves when a living holder's views show its script. On a busy machine they lag by more than a second. */
export const scriptShown = (scene: Scene): Promise<void> =>
  until(
    () => nodeShown(scene) === "work",
    () => `run.json of ${scene.runs} shows the script`,
  );

function nodeShown(scene: Scene): unknown {
  const run = runOf(scene);
  return existsSync(join(run.dir, "run.json")) ? run.json("run.json")["current_step"]?.["node"] : "nothing";
}

/** Waits a moment, because the holder may still have been writing when it was frozen. */
async function quietTree(scene: Scene): Promise<Readonly<Record<string, string>>> {
  for (let last = runTree(scene); ;) {
    await sleep(1000);
    const next = runTree(scene);
    if (JSON.stringify(next) === JSON.stringify(last)) return next;
    last = next;
  }
}

const runTree = (scene: Scene) => timedTreeOf(join(scene.runs, "held-default"));
export const hasJournal = (scene: Scene): boolean =>
  existsSync(join(scene.runs, "held-default", "journal.jsonl"));
export const runOf = (scene: Scene): RunDirectory => openRunDirectory(join(scene.runs, "held-default"));
export const stepsLeft = (scene: Scene): number =>
  liveSteps(runOf(scene).ofType("run.started")[0]?.uuid ?? "").length;

export async function finish(scene: Scene, holder: Started): Promise<void> {
  scene.write({ gate: "" });
  expectExit(0, await holder.ended);
  expect(stepsLeft(scene)).toBe(0);
  expect(runOf(scene).json("run.json")).toMatchObject({ status: "finished", exit_code: 0 });
}

/** Checks that events have no gap, leases only grow, and every step ends once. */
export function expectOneStory(scene: Scene, { leases }: { readonly leases: number }): void {
  const { events } = runOf(scene);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const held = events.map(({ lease }) => lease);
  expect(held).toEqual(held.toSorted((left, right) => left - right));
  expect(new Set(held).size).toBe(leases);
  expect(
    runOf(scene)
      .ofType("step.finished")
      .map(({ step }) => step),
  ).toEqual([1, 2]);
  expect(new Set(scene.ledger().map((line) => line.split(" ")[0])).size).toBe(1);
}
