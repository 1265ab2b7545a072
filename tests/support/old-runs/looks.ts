/** What the built command says of an old run, and what it makes of it, in a form that two roots and two days have in common. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Ended, expectExit, type Scene } from "../longhaul.ts";
import { treeOf } from "../run-directory.ts";
import type { LaidOut } from "./lay-out.ts";
import type { OldStart } from "./old-run.ts";

const SET_CLOCK = join(import.meta.dirname, "../set-clock.mjs");
const HOUR_S = 3600;
/** More are not told one by one. */
const MANY_STEPS = 50;
const MANY_FILES = 150;

type Json = Readonly<Record<string, unknown>>;

/** `status --json` of all runs of a runs directory, by name. */
export async function statusOf(
  scene: Scene,
  laidOut: readonly LaidOut[],
): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = await scene.exits(0, ["status", "--json"]);
  const runs = JSON.parse(stdout) as readonly Json[]; // one object for each run
  const ofRun = ({ old, plain }: LaidOut) =>
    JSON.parse(plain(JSON.stringify(runs.find(({ run }) => run === old.run) ?? null)));
  return Object.fromEntries(laidOut.map((each) => [each.old.name, ofRun(each)]));
}

/** `show --json`: the last steps of a long run. */
export const showOf = (scene: Scene, laidOut: LaidOut): Promise<unknown> =>
  jsonOf(scene, laidOut, ["show", laidOut.old.run, "--json"]);

/** `run ... --plan --json`. */
export const planOf = (scene: Scene, laidOut: LaidOut): Promise<unknown> =>
  jsonOf(scene, laidOut, [...(laidOut.old.resume[0]?.args ?? []), "--plan", "--json"]);

async function jsonOf(scene: Scene, { plain }: LaidOut, args: readonly string[]): Promise<unknown> {
  const { stdout } = await scene.exits(0, args);
  return JSON.parse(plain(stdout));
}

/** The data in the page of `report`, but for the version and the time of the report itself. */
export async function reportOf(scene: Scene, { old, plain }: LaidOut): Promise<unknown> {
  const { stdout } = await scene.exits(0, ["report", old.run, "--out", "-"]);
  const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(stdout)?.[1] ?? "null";
  const { version: _version, generatedMs: _generatedMs, steps, ...rest } = JSON.parse(plain(data)) as Json;
  return { ...rest, steps: Array.isArray(steps) ? steps.slice(-MANY_STEPS) : steps };
}

/** `logs --json`: the events with their large values. */
export async function logsOf(scene: Scene, { old }: LaidOut): Promise<readonly unknown[]> {
  const { stdout } = await scene.exits(0, ["logs", old.run, "--json"]);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line));
}

/** What a step's processes printed, as `logs` tells it. */
export async function outputOf(scene: Scene, { old, plain }: LaidOut, step: string): Promise<string> {
  return plain((await scene.exits(0, ["logs", old.run, step])).stdout);
}

/** The events of the journal as it was laid out, by its lines alone. */
export const eventsIn = ({ journal, runDir }: LaidOut): readonly unknown[] =>
  wholeLinesOf(journal).map((line): unknown =>
    JSON.parse(line, (key, value: unknown) => (key === "sum" ? undefined : withoutBlob(value, runDir))),
  );

const wholeLinesOf = (text: string): readonly string[] => text.split("\n").slice(0, -1);

function withoutBlob(value: unknown, runDir: string): unknown {
  if (typeof value !== "object" || value === null || !("$blob" in value)) return value;
  return JSON.parse(readFileSync(join(runDir, "blobs", String(value.$blob)), "utf8"));
}

interface Resuming {
  readonly env?: Readonly<Record<string, string>>;
  /** The starts that the run says go on with it, unless told. */
  readonly starts?: readonly OldStart[];
}

/** Goes on with the run, start by start, and says what became of it. */
export async function resumeOf(
  scene: Scene,
  laidOut: LaidOut,
  { env, starts = laidOut.old.resume }: Resuming = {},
): Promise<Json> {
  const codes: (number | null)[] = [];
  for (const start of starts) codes.push((await startOnce(scene, laidOut, { start, env })).code);
  return { codes, ...whatBecame(laidOut) };
}

interface Starting {
  readonly start: OldStart;
  readonly env: Readonly<Record<string, string>> | undefined;
}

/** One start at its time; the clock is set, since waits depend on it. */
async function startOnce(
  scene: Scene,
  { old, lastMs, placed }: LaidOut,
  { start, env }: Starting,
): Promise<Ended> {
  const clock = scene.path(`${old.name}.clock`);
  writeFileSync(clock, String(lastMs + (start.clockS ?? HOUR_S) * 1000 - Date.now()));
  const files = Object.entries(start.files ?? {});
  scene.write(Object.fromEntries(files.map(([path, text]) => [path, text])));
  const own = Object.fromEntries(Object.entries(start.env ?? {}).map(([key, value]) => [key, placed(value)]));
  const ended = await scene.run(start.args, {
    nodeArgs: ["--import", SET_CLOCK],
    env: { AGENT_MIN_FREE_DISK_MB: "0", ...env, ...own, CLOCK_FILE: clock },
  });
  return expectExit(start.code, ended);
}

/** What a resume added to the journal, and the views as they are after it. */
function whatBecame({ old, runDir, journal, plain }: LaidOut): Json {
  const whole = journal.slice(0, journal.lastIndexOf("\n") + 1);
  const now = readFileSync(join(runDir, "journal.jsonl"), "utf8");
  const added = wholeLinesOf(now.slice(whole.length)).map((line) => JSON.parse(plain(line)) as Json);
  const json = (name: string): unknown =>
    existsSync(join(runDir, name)) ? JSON.parse(plain(readFileSync(join(runDir, name), "utf8"))) : null;
  const known = new Set(
    old.entries.flatMap((entry) => ("text" in entry ? (entry.text.match(/[^"\\]+/g) ?? []) : [])),
  );
  return {
    keepsOldLines: now.startsWith(whole),
    added: added.filter(({ type }) => OLD_EVENTS.has(String(type))).map((event) => timeless(event, known)),
    run: timeless(json("run.json"), known),
    context: json("context.json"),
    files: filesIn(runDir),
  };
}

/** Events that version 0.1.0 knew; what later ones tell besides is not held against them. */
const OLD_EVENTS: ReadonlySet<string> = new Set(
  "run.started run.resumed limits.changed backend.changed cursor.moved step.started attempt.started attempt.finished \
attempt.failed attempt.interrupted compact.started compact.finished wait.started wait.ticked wait.finished probe.started \
probe.finished step.finished visits.exhausted warning run.interrupted run.stopped run.finished".split(/\s+/),
);

/** Differ from start to start, or with the version: that they are there is what counts. */
const OF_A_START = new Set("at seq batch sum duration_ms planned_ms resets_at_ms".split(" "));
const OF_A_PROCESS = new Set(["holder", "versions"]);
/** Told in minutes: what was slept before the kill counts, and a moment more or less does not. */
const SLEPT: Readonly<Record<string, number>> = { slept_ms: 1, waited_s: 1000 };
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Times and ids that the old files do not have are new ones, and so said by their kind. */
function timeless(value: unknown, known: ReadonlySet<string>, key = ""): unknown {
  if (OF_A_START.has(key) && typeof value !== "object") return `a ${typeof value}`;
  if (OF_A_PROCESS.has(key)) return kinds(value);
  const unitMs = SLEPT[key];
  if (unitMs !== undefined && typeof value === "number")
    return `${Math.round((value * unitMs) / 60_000)} minutes`;
  if (typeof value === "string" && !known.has(value)) {
    if (TIME.test(value)) return "a time";
    if (ID.test(value)) return "an id";
  }
  if (Array.isArray(value)) return value.map((item) => timeless(item, known, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, timeless(item, known, name)]));
}

const kinds = (value: unknown): Json =>
  Object.fromEntries(Object.entries(value ?? {}).map(([key, item]) => [key, `a ${typeof item}`]));

/** Names of files and links; of a long run without its steps. */
function filesIn(runDir: string): Json {
  const names = Object.keys(treeOf(runDir)).map((name) => name.replace(/\.cut-\d+$/, ".cut"));
  const told = names.length <= MANY_FILES ? names : names.filter((name) => !name.startsWith("steps/"));
  return Object.fromEntries(told.map((name) => [name, "there"]));
}
