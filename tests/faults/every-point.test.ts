import { existsSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, it } from "vitest";
import {
  artifactsOf,
  countPoints,
  crashRunDirectory,
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
import { recordFault } from "../support/fault-matrix.ts";
import {
  eventsOnDisk,
  type KillFigures,
  killFigures,
  killMoment,
  median,
  sumOfFigures,
  takeoverMs,
} from "../support/killed-runs.ts";
import type { Scene } from "../support/longhaul.ts";
import { forEachInParallel } from "../support/parallel.ts";

/**
 * Every change of the disk and every start of a process of a ten-step run is a point. Right after one is right before
 * the next, as far as anybody can see from outside; only what a process that was just started does is another matter.
 */
it("goes on after SIGKILL at every point as if nothing had happened", async ({ task }) => {
  const undisturbed = crashScene();
  const points = await countPoints(undisturbed);
  const expected = artifactsOf(undisturbed);
  expect(points.filter(({ call }) => call === "spawn")).toHaveLength(4);
  expect(points.filter(({ call }) => call === "fdatasync").length).toBeGreaterThan(10);

  const troubles: string[] = [];
  const results: Result[] = [];
  await forEachInParallel(killsOf(points), async (kill) => {
    const scene = crashScene();
    try {
      results.push(await killAndResume(kill, { scene, expected }));
    } catch (error) {
      troubles.push(`${describeKill(kill)}: ${inspect(error)}`);
    }
    scene.remove();
  });
  expect(troubles).toEqual([]);
  for (const { words, holds } of KINDS) {
    const hits = results.filter(({ kill, wasHit }) => wasHit && holds(kill));
    const { lost, again, doubled } = sumOfFigures(hits.map(({ figures }) => figures));
    expect({ lost, again, doubled }).toEqual({ lost: 0, again: 0, doubled: 0 });
    recordFault(task, {
      promise: [1, 3, 4],
      ...words,
      injected: hits.length,
      found: {
        "finished steps lost": lost,
        "finished steps run again": again,
        "side effects doubled beyond the step that was cut": doubled,
        "runs that ended with other artifacts": hits.filter(({ differing }) => differing > 0).length,
        "ms to take the run over, median": median(hits.flatMap(({ takeovers }) => takeovers)),
        "ms to take the run over, longest": Math.max(...hits.flatMap(({ takeovers }) => takeovers)),
      },
      outcome: "the same command went on and ended as the undisturbed run did",
    });
  }
});

/** Rows of the fault matrix, and which kills they are about. */
const KINDS = [
  {
    words: {
      fault: "SIGKILL of the runner before any change of the disk or start of a process",
      how: "one kill at each point of a run of ten steps with agents, scripts, a loop and a branch",
    },
    holds: ({ moment, family }: Kill) => moment === "before" && family === "lives",
  },
  {
    words: {
      fault: "SIGKILL of the runner and its children before any change of the disk or start of a process",
      how: "one kill at each point at which a script is alive",
    },
    holds: ({ moment, family }: Kill) => moment === "before" && family === "dies",
  },
  {
    words: { fault: "SIGKILL right after the start of a process", how: "one kill at each start of a script" },
    holds: ({ moment }: Kill) => moment === "after",
  },
  {
    words: {
      fault: "SIGKILL in the middle of a write",
      how: "one kill after half of the bytes of each write",
    },
    holds: ({ moment }: Kill) => moment === "torn",
  },
] as const;

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

/** What a kill that troubled nothing came to. */
interface Result {
  readonly kill: Kill;
  /** It may also end before it gets to the point. */
  readonly wasHit: boolean;
  readonly figures: KillFigures;
  readonly differing: number;
  readonly takeovers: readonly number[];
}

/** Kills, resumes to the end and measures. Rejects with what is not as it should be. */
async function killAndResume(kill: Kill, { scene, expected }: Case): Promise<Result> {
  const killed = await startKilled(scene, kill);
  if (killed.signal !== "SIGKILL" && killed.code !== 0) throw new Error(killed.report);
  const finished = finishedSteps(scene);
  const journal = join(scene.runs, "crash-default", "journal.jsonl");
  const met = killMoment({ events: eventsOnDisk(journal), eventsBefore: 0, ledger: scene.ledger() });
  try {
    const resumedAtMs = Date.now();
    const resumed = await resume(scene);
    const differing = differences(artifactsOf(scene), expected);
    expect(differing).toEqual([]);
    expectSoundJournal(scene);
    expectNothingTwice(scene, finished);
    expect(resumed.stderr).not.toContain("warning");
    const { events } = crashRunDirectory(scene);
    return {
      kill,
      wasHit: killed.signal === "SIGKILL",
      figures: killFigures({ kills: [met], events, ledger: scene.ledger() }),
      differing: differing.length,
      takeovers: [takeoverMs(events, resumedAtMs)].filter((ms) => ms !== undefined),
    };
  } catch (error) {
    const started = killed.stderr.split("\n").slice(-3).join("\n");
    throw new Error(`It was not as it should be. The killed start had said:\n${started}`, { cause: error });
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
