import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { artifactsOf, differences } from "../support/crash-run.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { faultSettings } from "../support/fault-settings.ts";
import { FIFTY_STEPS } from "../support/fifty-steps.ts";
import {
  eventsOnDisk,
  type KillFigures,
  killFigures,
  type KillMoment,
  killMoment,
  median,
  sumOfFigures,
  takeoverMs,
} from "../support/killed-runs.ts";
import { liveSteps } from "../support/live-steps.ts";
import { createScene, type Ended, expectExit, type Scene } from "../support/longhaul.ts";
import { forEachInParallel } from "../support/parallel.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { until } from "../support/until.ts";

const { kills: KILLS, seed: SEED } = faultSettings();
const COMMAND = ["run", "fifty", "--cli", "replay"] as const;
/** On a busy machine twenty kills in a row may well hit one script; when a run is given up is tested elsewhere. */
const PATIENT = { env: { AGENT_MAX_INTERRUPTIONS: String(KILLS + 1) } };
const RUNS_AT_ONCE = 3;
/** Of all kills, those that are aimed at the start of a process instead of the work after it. */
const SHARE_AT_START = 0.2;
/** How long the others are left to work at most: a few steps. */
const WORK_MS = 700;

/** One walk through the fifty steps, as it was in the end. */
interface Walk {
  readonly kills: readonly KillMoment[];
  readonly takeovers: readonly number[];
  readonly figures: KillFigures;
  readonly differing: readonly string[];
  readonly overlaps: number;
}

it(
  "loses and repeats nothing over kills at random times",
  { timeout: Math.max(900_000, KILLS * 2_000) },
  async ({ task }) => {
    const undisturbed = fiftyScene();
    const startedAtMs = Date.now();
    await undisturbed.exits(0, COMMAND);
    const startMs = Date.parse(runOf(undisturbed).events[0]?.at ?? "") - startedAtMs;
    const expected = artifactsOf(undisturbed, runOf(undisturbed));

    const walks: Walk[] = [];
    let killsLeft = KILLS;
    const budget: KillBudget = {
      take: () => killsLeft > 0 && (killsLeft -= 1) >= 0,
      giveBack: () => (killsLeft += 1),
    };
    // More walks than can be needed: each is killed at least once, and those after the last kill do not begin.
    const numbers = Array.from({ length: KILLS }, (_, index) => index);
    await forEachInParallel(
      numbers,
      async (number) => {
        if (killsLeft > 0) walks.push(await walk({ number, startMs, expected, budget }));
      },
      RUNS_AT_ONCE,
    );

    const kills = walks.flatMap((one) => one.kills);
    const takeovers = walks.flatMap((one) => one.takeovers);
    const figures = sumOfFigures(walks.map((one) => one.figures));
    const differing = walks.filter((one) => one.differing.length > 0);
    const overlaps = walks.reduce((sum, one) => sum + one.overlaps, 0);
    expect(differing.map((one) => one.differing)).toEqual([]);
    expect({ ...figures, overlaps }).toEqual({ lost: 0, again: 0, doubled: 0, overlaps: 0 });
    recordFault(task, {
      promise: [1, 4],
      fault: "SIGKILL at a random time",
      how: "the process group of a run of 50 steps, in every second kill with all that its step had started",
      injected: kills.length,
      found: {
        runs: walks.length,
        "finished steps lost": figures.lost,
        "finished steps run again": figures.again,
        "side effects doubled beyond the step that was cut": figures.doubled,
        "tries beside an earlier one": overlaps,
        "runs that ended with another context or other artifacts": differing.length,
        "ms to take the run over, median": median(takeovers),
        "ms to take the run over, longest": Math.max(...takeovers),
        ...countBy(kills.map(({ where }) => `kills ${where}`)),
      },
      outcome: "each went on at the step that was cut, and ended as the undisturbed run did",
    });
  },
);

function fiftyScene(): Scene {
  const scene = createScene();
  scene.write(FIFTY_STEPS);
  return scene;
}

const runOf = (scene: Scene) => openRunDirectory(join(scene.runs, "fifty-default"));

interface WalkOrder {
  readonly number: number;
  /** How long an undisturbed process takes to its first event. */
  readonly startMs: number;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly budget: KillBudget;
}

/** The kills that are left, for all runs together. */
interface KillBudget {
  take(): boolean;
  /** For a start that had ended before its kill. */
  giveBack(): void;
}

/** When a start is killed: so long after its process was started, or after it wrote its first event. */
interface KillTime {
  readonly after: "start" | "takeover";
  readonly ms: number;
}

/** Starts one run and kills it, again and again, until it ends; then measures. */
async function walk({ number, startMs, expected, budget }: WalkOrder): Promise<Walk> {
  const scene = fiftyScene();
  const random = seededRandom(SEED + number);
  const kills: KillMoment[] = [];
  const takeovers: number[] = [];
  let ended: Ended | undefined;
  while (ended === undefined && budget.take()) {
    const start = await startAndKill(scene, { time: drawTime(random, startMs), takesAll: random() < 0.5 });
    if (start.takeoverMs !== undefined) takeovers.push(start.takeoverMs);
    if (start.kill !== undefined) kills.push(start.kill);
    else {
      budget.giveBack();
      ended = expectExit(0, start.ended);
    }
  }
  // Also after its end, where it has to say so and to change nothing.
  await scene.exits(0, COMMAND, PATIENT);
  const run = runOf(scene);
  const overlaps = scene.path("ledger.overlaps");
  const walked = {
    kills,
    takeovers,
    figures: killFigures({ kills, events: run.events, ledger: scene.ledger() }),
    differing: differences(artifactsOf(scene, run), expected),
    overlaps: existsSync(overlaps) ? 1 : 0,
  };
  scene.remove();
  return walked;
}

const drawTime = (random: () => number, startMs: number): KillTime =>
  random() < SHARE_AT_START
    ? { after: "start", ms: random() * startMs }
    : { after: "takeover", ms: random() * WORK_MS };

/** One start of the command; `kill` is absent when it had ended before. */
async function startAndKill(
  scene: Scene,
  { time, takesAll }: { readonly time: KillTime; readonly takesAll: boolean },
) {
  const journal = join(scene.runs, "fifty-default", "journal.jsonl");
  const eventsBefore = eventsOnDisk(journal).length;
  const bytesBefore = bytesOf(journal);
  const startedAtMs = Date.now();
  const started = scene.start(COMMAND, { ...PATIENT, detached: true });
  let isOver = false;
  const killed = (async () => {
    const began = () => isOver || time.after === "start" || bytesOf(journal) > bytesBefore;
    await until(began, () => `the first event of a start:\n${started.stderr()}`);
    await sleep(time.ms);
    if (!isOver) killGroup(started.pid);
  })();
  const ended = await started.ended;
  isOver = true;
  await killed;
  const wasKilled = ended.signal === "SIGKILL";
  if (wasKilled && takesAll) killStep(journal);
  const events = eventsOnDisk(journal);
  return {
    ended,
    takeoverMs: takeoverMs(events, startedAtMs),
    kill: wasKilled ? killMoment({ events, eventsBefore, ledger: scene.ledger() }) : undefined,
  };
}

const bytesOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended in this very moment.
  }
}

/** Kills all that the run's step has started. */
function killStep(journal: string): void {
  const [first] = eventsOnDisk(journal);
  if (first?.type !== "run.started") return;
  for (const pid of liveSteps(first.uuid)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended in this very moment.
    }
  }
}

const countBy = (words: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...new Set(words)].toSorted().map((word) => [word, words.filter((one) => one === word).length]),
  );
