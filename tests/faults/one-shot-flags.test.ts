import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { KILL_AT } from "../support/crash-run.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { createScene, expectExit, type Scene } from "../support/longhaul.ts";
import { forEachInParallel } from "../support/parallel.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { walkWorkflow } from "../support/walk-workflow.ts";

const WALK = ["run", "walk"] as const;
/** As a container that comes back: the same command line under the same id of its start. */
const MOVED = [...WALK, "--from", "second", "--limit", "steps=77"] as const;
const START = { LONGHAUL_START_ID: "start-1" };

it("does what --from and --limit ask exactly once, wherever the start is killed", async ({ task }) => {
  const counted = await finishedScene();
  const pointsFile = counted.path("points");
  await counted.exits(0, MOVED, {
    nodeArgs: ["--import", KILL_AT],
    env: { ...START, POINTS_FILE: pointsFile },
  });
  const points = readFileSync(pointsFile, "utf8").trimEnd().split("\n");
  const acts = points.findIndex((point) => point.includes('"fdatasync"')) + 2;
  // Every point until the flags are durable, and now and then one after that. How many there are in all depends on the pace:
  // a run that takes longer brings its views up to date more often.
  const numbers = points.map((_, index) => index + 1).filter((number) => number <= acts || number % 6 === 0);

  const troubles: string[] = [];
  const kills: number[] = [];
  const lost: number[] = [];
  const doubled: number[] = [];
  await forEachInParallel(numbers, async (number) => {
    const scene = await finishedScene();
    const env = { ...START, KILL_AT: `${number}:before` };
    const killed = await scene.run(MOVED, { nodeArgs: ["--import", KILL_AT], env });
    if (killed.signal === "SIGKILL") kills.push(number);
    else if (number <= acts) troubles.push(`point ${number} was not reached:\n${killed.report}`);
    else expectExit(0, killed);
    await scene.exits(0, MOVED, { env: START });
    const run = openRunDirectory(join(scene.runs, "walk-default"));
    const moves = run.ofType("cursor.moved").length;
    if (moves === 0 || run.json("run.json")["limits"]?.["steps"] !== (77 as unknown)) lost.push(number);
    if (moves > 1 || run.ofType("limits.changed").length > 1) doubled.push(number);
    scene.remove();
  });
  expect(troubles).toEqual([]);
  expect({ lost, doubled }).toEqual({ lost: [], doubled: [] });
  recordFault(task, {
    promise: 1,
    fault: "a start with --from is killed, and its container comes back with the same command line",
    how: "SIGKILL before every change of the disk until the flag is durable, and before some after that",
    injected: kills.length,
    found: { "flags lost": lost.length, "flags that acted twice": doubled.length },
    outcome: "the flag acts once; after that the same command line just goes on",
  });
});

/** A run that is finished: what follows begins with its flags. */
async function finishedScene(): Promise<Scene> {
  const scene = createScene();
  scene.write(walkWorkflow("walk"));
  await scene.exits(0, WALK);
  return scene;
}
