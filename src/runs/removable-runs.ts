import { existsSync, lstatSync, readdirSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../core/failure.ts";
import type { RunState } from "../core/run-state.ts";
import type { Holder } from "../core/vocabulary.ts";
import { isHeld } from "../store/lock.ts";
import { runDirectoryName, runLayout } from "../store/layout.ts";
import { errorCode } from "../store/storage-failure.ts";
import type { Removable } from "./choose-removals.ts";
import { type RemovalRefusal, removalRefusal } from "./removal-refusal.ts";
import { listClosedRuns } from "./list-runs.ts";
import { hasJournal } from "./stored-run.ts";
import { readRun } from "./read-run.ts";

/** One run directory and the workspace that Longhaul made for it. */
export interface RunPlace {
  readonly runDir: string;
  /** Null when it is not Longhaul's to remove. */
  readonly workspace: string | null;
  /** False for a copy of a run: the sessions belong to the original. */
  readonly ownsSessions: boolean;
}

/** A run with its archives: what goes together. */
export interface RemovableRun extends Removable {
  /** The run itself first where it still is there, then what `--fresh` has archived. */
  readonly places: readonly RunPlace[];
  /** Of one that cannot be read. */
  readonly kept: RemovalRefusal | null;
}

/**
 * The runs of a runs root with their sizes. A directory whose journal does not say that it is the run of its name is
 * no run here and is left alone.
 */
export function removableRuns(root: string, observer: Holder): readonly RemovableRun[] {
  const directories = new Set([...directoriesOf(root).filter(hasJournal), ...listClosedRuns(root)]);
  const found = [...directories].flatMap((runDir) => readPlace(runDir) ?? []);
  const names = [...new Set(found.flatMap(({ name }) => name ?? []))];
  return names.map((name) => {
    const members = found.filter((place) => place.name === name);
    const places = members.toSorted((left, right) => left.archive - right.archive);
    const own = places.find(({ archive }) => archive === 0);
    const isRunning = isHeld(path.join(root, name), observer);
    const size = sizeOf(places);
    const kept = isRunning ? null : (own?.kept ?? size.kept);
    return {
      name,
      kind: isRunning ? "running" : kept === null ? kindOf(own) : "unreadable",
      activeMs: Math.max(...places.map(({ activeMs }) => activeMs)),
      sizeBytes: size.bytes,
      places: places.map(({ runDir, workspace, ownsSessions }) => ({ runDir, workspace, ownsSessions })),
      kept,
    };
  });
}

function directoriesOf(root: string): readonly string[] {
  try {
    const entries = readdirSync(root, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && !entry.name.startsWith("."),
    );
    return entries.map(({ name }) => path.join(root, name));
  } catch (error) {
    throw new UsageError(`The runs directory ${root} cannot be read.`, {
      details: [String(error)],
      cause: error,
    });
  }
}

interface FoundPlace extends RunPlace {
  /** The run it belongs to; undefined for a directory that is no run of its name. */
  readonly name: string | undefined;
  /** 0 for the run itself, else the number of the archive. */
  readonly archive: number;
  readonly activeMs: number;
  readonly state: RunState | undefined;
  /** Why there is no state. */
  readonly kept: RemovalRefusal | null;
}

/** Undefined for one that is gone since it was listed. */
function readPlace(runDir: string): FoundPlace | undefined {
  const directory = path.basename(runDir);
  const reading = readState(runDir);
  if (reading === undefined) return undefined;
  const { state, kept } = reading;
  if (state === undefined)
    return { runDir, ...NOTHING_ELSE, name: directory, archive: 0, activeMs: 0, state, kept };
  const name = runDirectoryName(state.name, state.run_id);
  const activeMs = Date.parse(state.updated_at);
  const number = directory === name ? "0" : /^\.(\d+)$/.exec(directory.replace(name, ""))?.[1];
  const isOurs = directory.startsWith(name) && number !== undefined;
  if (!isOurs) return { runDir, ...NOTHING_ELSE, name: undefined, archive: 0, activeMs, state, kept };
  const archive = Number(number);
  const isOriginal = path.resolve(state.run_dir) === path.join(path.resolve(path.dirname(runDir)), name);
  const owned = isOriginal
    ? { workspace: ownWorkspace(state, name, archive), ownsSessions: true }
    : NOTHING_ELSE;
  return { runDir, ...owned, name, archive, activeMs, state, kept };
}

const NOTHING_ELSE = { workspace: null, ownsSessions: false } as const;

function readState(runDir: string): Pick<FoundPlace, "state" | "kept"> | undefined {
  try {
    return { state: readRun(runDir).state, kept: null };
  } catch (error) {
    if (isGone(runDir)) return undefined;
    const kept = removalRefusal(error, runDir);
    return { state: undefined, kept: isKnownRun(runDir) ? kept : notARun(kept) };
  }
}

/** Without its journal it is no run, whatever else is there; one that may not be looked at may have one. */
function isGone(runDir: string): boolean {
  try {
    return lstatSync(runLayout(runDir).journal, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

const notARun = ({ why }: RemovalRefusal): RemovalRefusal => ({
  why: `${why} Nothing tells that it is a run.`,
  because: "no known run",
});

/** A folder that nobody may look into is a run where one of its name was held before: that leaves a trace beside the runs. */
function isKnownRun(runDir: string): boolean {
  if (hasJournal(runDir)) return true;
  const { lock } = runLayout(runDir.replace(/\.\d+$/, ""));
  return existsSync(path.dirname(lock));
}

/** Only a folder that bears the run's name is Longhaul's own; `--fresh` gives both the same number. */
function ownWorkspace({ workspace }: RunState, name: string, archive: number): string | null {
  if (path.basename(workspace) !== name) return null;
  return archive === 0 ? workspace : `${workspace}.${archive}`;
}

function kindOf(own: FoundPlace | undefined): Removable["kind"] {
  if (own === undefined) return "finished"; // archives alone: nothing can go on with them
  return own.state?.status.kind === "finished" ? "finished" : "unfinished";
}

/** As far as it can be looked at: a workspace holds what agents made, also for other users. */
function sizeOf(places: readonly FoundPlace[]): {
  readonly bytes: number;
  readonly kept: RemovalRefusal | null;
} {
  try {
    return { bytes: places.reduce((sum, place) => sum + placeBytes(place), 0), kept: null };
  } catch (error) {
    return { bytes: 0, kept: removalRefusal(error, places[0]?.runDir ?? "") };
  }
}

const placeBytes = ({ runDir, workspace }: RunPlace): number =>
  bytesBelow(runDir) + (workspace === null ? 0 : bytesBelow(workspace));

/** Links count as themselves: what they lead to is not removed with them. */
function bytesBelow(top: string): number {
  const stat = lstatSync(top, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.size;
  return namesIn(top).reduce((sum, name) => sum + bytesBelow(path.join(top, name)), stat.size);
}

/** A run at work may remove a directory while it is looked at. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}
