import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { CRASH_ENVIRONMENT, CRASH_WORKFLOW } from "./crash-workflow.ts";
import { createScene, type Ended, expectExit, type Scene } from "./longhaul.ts";
import { openRunDirectory, type RunDirectory, treeOf } from "./run-directory.ts";

/** For `node --import`; that file says what it does. */
export const KILL_AT = join(import.meta.dirname, "kill-at.mjs");
const COMMAND = ["run", "crash", "--cli", "replay"] as const;

/** A moment at which a start of the command can be killed. */
export interface Point {
  readonly number: number;
  readonly call: string;
  readonly path: string;
  /** How many of its processes were alive. */
  readonly children: number;
}

export interface Kill {
  readonly point: Point;
  readonly moment: "before" | "after" | "torn";
  /** Whether the processes of the start die with it or live on. */
  readonly family: "dies" | "lives";
}

export const describeKill = ({ point, moment, family }: Kill): string =>
  `killed ${moment} point ${point.number} (${point.call} ${point.path.split("/").slice(-4).join("/")}), family ${family}`;

export function crashScene(): Scene {
  const scene = createScene();
  scene.write(CRASH_WORKFLOW);
  return scene;
}

/** Starts the run to its end and returns the points that it passes. */
export async function countPoints(scene: Scene): Promise<readonly Point[]> {
  const file = scene.path("points.jsonl");
  expectExit(0, await start(scene, { POINTS_FILE: file }));
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Point); // written by kill-at.mjs
}

/** Starts the run and has it killed at a point. It may end before it gets there. */
export function startKilled(scene: Scene, { point, moment, family }: Kill): Promise<Ended> {
  const killFamily = family === "dies" ? { KILL_FAMILY: "1" } : {};
  return start(scene, { KILL_AT: `${point.number}:${moment}`, ...killFamily });
}

const start = (scene: Scene, env: Readonly<Record<string, string>>): Promise<Ended> =>
  scene.run(COMMAND, { nodeArgs: ["--import", KILL_AT], env: { ...CRASH_ENVIRONMENT, ...env } });

/** Starts the same command again, undisturbed. */
export const resume = async (scene: Scene): Promise<Ended> =>
  expectExit(0, await scene.run(COMMAND, { env: CRASH_ENVIRONMENT }));

export const crashRunDirectory = (scene: Pick<Scene, "runs">): RunDirectory =>
  openRunDirectory(join(scene.runs, "crash-default"));

/** Numbers of the steps whose end is in the journal now; none before a journal exists. */
export function finishedSteps(scene: Scene): ReadonlySet<string> {
  const journal = join(scene.runs, "crash-default", "journal.jsonl");
  if (!existsSync(journal)) return new Set();
  const whole = readFileSync(journal, "utf8").split("\n").slice(0, -1);
  const finished = whole.filter((line) => line.includes('"type":"step.finished"'));
  return new Set(finished.map((line) => String(/"step":(\d+)/.exec(line)?.[1])));
}

export type Artifacts = Readonly<Record<string, unknown>>;

/** What two runs that did the same work share: all artifacts except times, ids and the number of starts. */
export function artifactsOf(
  scene: Pick<Scene, "root" | "runs">,
  run: RunDirectory = crashRunDirectory(scene),
): Artifacts {
  const uuid = run.ofType("run.started")[0]?.uuid ?? "";
  // The workspaces' directory is named after the runs directory, which differs between scenes.
  const plain = (text: string) =>
    text
      .replaceAll(scene.root, "<root>")
      .replaceAll(uuid, "<uuid>")
      .replaceAll(/(?<=longhaul\/workspaces\/)[0-9a-f]{8}/g, "<runs>");
  const names = Object.keys(treeOf(run.dir)).filter((name) => !/^steps\/[^/]+\/attempts\/./.test(name));
  const views = names.filter((name) => /^(steps\/.*\.(json|md|txt|log)|context\.json)$/.test(name));
  // A scripted script writes no output file, only the link to it.
  const content = (name: string) =>
    existsSync(join(run.dir, name)) ? plain(run.text(name)) : "a link to nothing";
  const { status, exit_code, terminal, totals, defaulted } = run.json("run.json");
  return {
    ...Object.fromEntries(
      names.filter((name) => !name.startsWith("journal.jsonl.")).map((name) => [name, "there"]),
    ),
    ...Object.fromEntries(views.map((name) => [name, content(name)])),
    run: { status, exit_code, terminal, steps: totals?.["steps"], defaulted },
    attempts: attemptEnds(run),
  };
}

/** Every artifact that differs, with both contents. */
export function differences(actual: Artifacts, expected: Artifacts): readonly string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  return names
    .filter((name) => JSON.stringify(actual[name]) !== JSON.stringify(expected[name]))
    .map((name) => `${name} is ${shown(actual[name])} instead of ${shown(expected[name])}`);
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? "missing").slice(0, 300);

/** How each attempt ended that was not cut off, in order. */
const attemptEnds = ({ events }: RunDirectory): readonly unknown[] =>
  events.flatMap((event): readonly unknown[] => {
    if (event.type === "attempt.finished") return [{ step: event.step, outputs: event.outputs }];
    return event.type === "attempt.failed" ? [{ step: event.step, failure: event.failure }] : [];
  });

/** Checks that events have no gap, leases only grow, and each step starts and ends once. */
export function expectSoundJournal(
  scene: Pick<Scene, "runs">,
  run: RunDirectory = crashRunDirectory(scene),
): void {
  const { events } = run;
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const leases = events.map(({ lease }) => lease);
  expect(leases).toEqual(leases.toSorted((left, right) => left - right));
  const steps = Array.from({ length: 10 }, (_, index) => index + 1);
  expect(run.ofType("step.started").map(({ step }) => step)).toEqual(steps);
  expect(run.ofType("step.finished").map(({ step }) => step)).toEqual(steps);
}

/** A scene whose run was killed after its script of that step had started; `tailBytes` is the journal's last write. */
export async function killedInStep(
  step: number,
): Promise<{ readonly scene: Scene; readonly tailBytes: number }> {
  const scene = crashScene();
  const spawn = SPAWNS.indexOf(step) + 1;
  await start(scene, { KILL_AT: `spawn#${spawn}:after`, KILL_FAMILY: "1" });
  const { journal, events } = crashRunDirectory(scene);
  const last = events.at(-1)?.batch;
  const lines = journal.split("\n").filter((_, index) => events[index]?.batch === last);
  return { scene, tailBytes: lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0) };
}

/** The steps that start a process, in order. */
const SPAWNS = [2, 4, 6, 9];
