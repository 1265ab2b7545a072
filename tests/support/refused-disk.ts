import { dirname, join } from "node:path";
import { expect } from "vitest";
import { type Artifacts, artifactsOf, differences, expectSoundJournal, resume } from "./crash-run.ts";
import {
  eventsOnDisk,
  type KillFigures,
  killFigures,
  type KillMoment,
  killMoment,
  sumOfFigures,
} from "./killed-runs.ts";
import type { Ended, Scene } from "./longhaul.ts";
import { STACK_TRACE } from "./refusal.ts";
import { openRunDirectory } from "./run-directory.ts";

/** A run of ten steps whose disk can refuse operations. */
export interface RefusableRun {
  /** The directory with everything of the run. */
  readonly root: string;
  readonly runDir: string;
  /** Starts of scripts, by step. */
  readonly ledger: () => readonly string[];
  /** Starts the same command again, on a sound disk, to the end. */
  resume(): Promise<Pick<Ended, "stderr">>;
}

export const crashRun = (scene: Scene): RefusableRun => ({
  root: scene.root,
  runDir: join(scene.runs, "crash-default"),
  ledger: () => scene.ledger(),
  resume: () => resume(scene),
});

/** What happened to a run whose disk refused something. */
export interface RefusedRun {
  /** `went on`: to the end, with every artifact, or with some that the next start has to write. */
  readonly how: "stopped with exit 75" | "went on" | "went on without some view";
  readonly figures: KillFigures;
}

/** Brings the run to its end after `refused`, if need be with one more start on a sound disk. Rejects on any difference. */
export async function goOn(
  run: RefusableRun,
  { refused, expected }: { readonly refused: Refused; readonly expected: Artifacts },
): Promise<RefusedRun> {
  const met = momentOf(run);
  expectStoppedInOrder(refused);
  if (refused.code === 0 && differences(artifacts(run), expected).length === 0) {
    expectSound(run);
    return { how: "went on", figures: figuresOf(run, met) };
  }
  const resumed = await run.resume();
  expect(resumed.stderr).not.toMatch(/warning|Could not write/);
  expect(differences(artifacts(run), expected)).toEqual([]);
  expectSound(run);
  const how = refused.code === 0 ? "went on without some view" : "stopped with exit 75";
  return { how, figures: figuresOf(run, met) };
}

/** The end of the start whose disk refused something. */
export type Refused = Pick<Ended, "code" | "stderr" | "report">;

function expectStoppedInOrder({ code, stderr, report }: Refused): void {
  if (code !== 0 && code !== 75) throw new Error(`Neither an end nor a stop in order:\n${report}`);
  expect(stderr).not.toMatch(STACK_TRACE);
  if (code === 75) expect(stderr.match(/start the same command again/g)).toHaveLength(1);
}

const momentOf = ({ runDir, ledger }: RefusableRun): KillMoment =>
  killMoment({ events: eventsOnDisk(join(runDir, "journal.jsonl")), eventsBefore: 0, ledger: ledger() });

export const artifacts = ({ root, runDir }: Pick<RefusableRun, "root" | "runDir">): Artifacts =>
  artifactsOf({ root, runs: dirname(runDir) }, openRunDirectory(runDir));

const expectSound = ({ runDir }: RefusableRun): void =>
  expectSoundJournal({ runs: dirname(runDir) }, openRunDirectory(runDir));

const figuresOf = ({ runDir, ledger }: RefusableRun, met: KillMoment): KillFigures =>
  killFigures({ kills: [met], events: openRunDirectory(runDir).events, ledger: ledger() });

/** The figures of a row of the fault matrix. Throws if anything was lost or done twice. */
export function foundIn(runs: readonly RefusedRun[]): Readonly<Record<string, number>> {
  const { lost, again, doubled } = sumOfFigures(runs.map(({ figures }) => figures));
  expect({ lost, again, doubled }).toEqual({ lost: 0, again: 0, doubled: 0 });
  const count = (how: RefusedRun["how"]) => runs.filter((run) => run.how === how).length;
  return {
    "finished steps lost": lost,
    "finished steps run again": again,
    "side effects doubled beyond the step that was cut": doubled,
    "stopped with exit 75": count("stopped with exit 75"),
    "went on to the end": count("went on"),
    "went on, and the next start wrote a missing view": count("went on without some view"),
  };
}
