import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import {
  artifactsOf,
  countPoints,
  crashScene,
  describeKill,
  differences,
  expectSoundJournal,
  finishedSteps,
  type Kill,
  type Point,
  resume,
  startKilled,
} from "../support/crash-run.ts";
import type { Scene } from "../support/longhaul.ts";
import { forEachInParallel } from "../support/parallel.ts";

/**
 * Every change of the disk and every start of a process of a ten-step run is a point. Right after one is right before
 * the next, as far as anybody can see from outside; only what a process that was just started does is another matter.
 */
it("goes on after SIGKILL at every point as if nothing had happened", async () => {
  const undisturbed = crashScene();
  const points = await countPoints(undisturbed);
  const expected = artifactsOf(undisturbed);
  expect(points.filter(({ call }) => call === "spawn")).toHaveLength(4);
  expect(points.filter(({ call }) => call === "fdatasync").length).toBeGreaterThan(10);

  const troubles: string[] = [];
  await forEachInParallel(killsOf(points), async (kill) => {
    const scene = crashScene();
    const trouble = await troubleAfter(kill, { scene, expected });
    if (trouble !== undefined) troubles.push(`${describeKill(kill)}: ${trouble}`);
    scene.remove();
  });
  expect(troubles).toEqual([]);
});

function killsOf(points: readonly Point[]): readonly Kill[] {
  return points.flatMap((point): Kill[] => [
    { point, moment: "before", family: "lives" },
    ...(point.children > 0 ? [{ point, moment: "before", family: "dies" } as const] : []),
    ...(point.call === "spawn" ? [{ point, moment: "after", family: "lives" } as const] : []),
    ...(point.call === "writeSync" ? [{ point, moment: "torn", family: "lives" } as const] : []),
  ]);
}

interface Case {
  readonly scene: Scene;
  readonly expected: ReturnType<typeof artifactsOf>;
}

/** Kills, resumes to the end and says what is not as it should be. */
async function troubleAfter(kill: Kill, { scene, expected }: Case): Promise<string | undefined> {
  const killed = await startKilled(scene, kill);
  if (killed.signal !== "SIGKILL" && killed.code !== 0) return killed.report;
  const finished = finishedSteps(scene);
  try {
    const resumed = await resume(scene);
    expect(differences(artifactsOf(scene), expected)).toEqual([]);
    expectSoundJournal(scene);
    expectNothingTwice(scene, finished);
    expect(resumed.stderr).not.toContain("warning");
    return undefined;
  } catch (error) {
    const started = killed.stderr.split("\n").slice(-3).join("\n");
    return `${String(error)}\nThe killed start had said:\n${started}`;
  }
}

/** A script that had finished never runs again; only the one that was cut does, once, and knows it. */
function expectNothingTwice(scene: Scene, finished: ReadonlySet<string>): void {
  const starts = scene.ledger();
  const startsOf = (step: string) => starts.filter((line) => line.startsWith(`${step} `));
  const scripts = ["2", "4", "6", "9"];
  expect(new Set(starts.map((line) => line.split(" ")[0]))).toEqual(new Set(scripts));
  const twice = scripts.filter((step) => startsOf(step).length > 1);
  expect(twice.length).toBeLessThanOrEqual(1);
  for (const step of twice) {
    expect(finished).not.toContain(step);
    expect(startsOf(step)).toEqual([
      expect.stringMatching(/^\d+ \w+ 0$/),
      expect.stringMatching(/^\d+ \w+ 1$/),
    ]);
  }
  expect(existsSync(scene.path("ledger.overlaps"))).toBe(false);
}
