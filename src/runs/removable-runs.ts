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
  /** Null when Longhaul did not create it and must not remove it. */
  readonly workspace: string | null;
  /** False for a copy of a run: the sessions belong to the original. */
  readonly ownsSessions: boolean;
}

/** A run with its archives: they are removed together. */
export interface RemovableRun extends Removable {
  /** The run itself first, if it exists, then the archives made by `--fresh`. */
  readonly places: readonly RunPlace[];
  /** Why the run is kept, if it cannot be read. */
  readonly kept: RemovalRefusal | null;
}

/**
 * The runs in a runs root with their sizes. Ignores a directory whose journal belongs to a run with another name.
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
  /** The run it belongs to; undefined for a directory whose journal belongs to a run with another name. */
  readonly name: string | undefined;
  /** 0 for the run itself, else the number of the archive. */
  readonly archive: number;
  readonly activeMs: number;
  readonly state: RunState | undefined;
  /** Why the state could not be read. */
  readonly kept: RemovalRefusal | null;
}

/** Undefined for a directory that was removed since it was listed. */
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

/** A directory without a journal is not a run. One that may not be read may have a journal, so it is not gone. */
function isGone(runDir: string): boolean {
  try {
    return lstatSync(runLayout(runDir).journal, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

const notARun = ({ why }: RemovalRefusal): RemovalRefusal => ({
  why: `${why} Nothing shows that it is a run.`,
  because: "no known run",
});

/** An unreadable directory counts as a run if a run of that name was held before: its lock directory remains beside the runs. */
function isKnownRun(runDir: string): boolean {
  if (hasJournal(runDir)) return true;
  const { lock } = runLayout(runDir.replace(/\.\d+$/, ""));
  return existsSync(path.dirname(lock));
}

/** Only a workspace named like the run was created by Longhaul. `--fresh` gives run and workspace the same archive number. */
function ownWorkspace({ workspace }: RunState, name: string, archive: number): string | null {
  if (path.basename(workspace) !== name) return null;
  return archive === 0 ? workspace : `${workspace}.${archive}`;
}

function kindOf(own: FoundPlace | undefined): Removable["kind"] {
  if (own === undefined) return "finished"; // only archives, which cannot be resumed
  return own.state?.status.kind === "finished" ? "finished" : "unfinished";
}

/** Total size, or why it cannot be read: agents may have created files in a workspace that this user may not read. */
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

/** Counts a link's own size: its target is not removed. */
function bytesBelow(top: string): number {
  const stat = lstatSync(top, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.size;
  return namesIn(top).reduce((sum, name) => sum + bytesBelow(path.join(top, name)), stat.size);
}

/** An active run may remove a directory while it is being read. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}
