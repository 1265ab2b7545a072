import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { sessionPaths } from "../backends/session-paths.ts";
import { UsageError } from "../core/failure.ts";
import type { Holder } from "../core/vocabulary.ts";
import { readJournal } from "../store/journal-reader.ts";
import { runsRootLayout } from "../store/layout.ts";
import { acquireLock } from "../store/lock.ts";
import { errorCode } from "../store/storage-failure.ts";
import type { Environment } from "./find-run.ts";
import { type RemovalRefusal, removalRefusal } from "./removal-refusal.ts";
import { hasJournal } from "./stored-run.ts";
import { readRun } from "./read-run.ts";
import type { RemovableRun, RunPlace } from "./removable-runs.ts";

export interface RemoveRun {
  readonly run: RemovableRun;
  readonly runsRoot: string;
  /** Unfinished runs, which could be resumed, may be removed too. */
  readonly unfinished: boolean;
  /** This process: `currentHolder()`. */
  readonly holder: Holder;
  /** Shows where the CLIs keep their sessions. */
  readonly environment: Environment;
}

/**
 * Removes a run with its archives, workspaces and CLI sessions. Holds its lock, so no process starts it in the meantime.
 * Returns why it was kept, or undefined. Renames the run directory before deleting it, so a kill leaves no partial run.
 */
export async function removeRun({ run, ...request }: RemoveRun): Promise<RemovalRefusal | undefined> {
  const { runsRoot, holder, unfinished } = request;
  const runDir = path.join(runsRoot, run.name);
  const lock = await acquireLock({ runDir, holder, onLost: () => undefined }).catch((error: unknown) =>
    notLocked(error, runDir),
  );
  if ("because" in lock) return lock;
  let hasBegun = false;
  try {
    if (hasJournal(runDir) && !unfinished && readRun(runDir).state.status.kind !== "finished")
      return { why: "it was started again in the meantime", because: "in use" };
    const places = run.places.filter(isThere).map((place) => ({
      ...place,
      sessions: sessionsIn(place, request.environment),
    }));
    hasBegun = true;
    for (const place of places) removePlace(place, runsRoot);
    return undefined;
  } catch (error) {
    if (!run.places.some(isThere) && (!hasBegun || errorCode(error) === "ENOENT")) return undefined;
    const kept = removalRefusal(error, runDir);
    return hasBegun ? { ...kept, why: `${kept.why} ${PARTLY_REMOVED}` } : kept;
  } finally {
    await lock.release();
  }
}

const PARTLY_REMOVED = "Part of it may already be removed; the next clean removes the rest.";

const notLocked = (error: unknown, runDir: string): RemovalRefusal =>
  error instanceof UsageError ? { why: error.message, because: "in use" } : removalRefusal(error, runDir);

/** Another process may have removed it since it was listed. */
const isThere = ({ runDir }: RunPlace): boolean => existsSync(runDir);

const sessionsIn = ({ runDir, ownsSessions }: RunPlace, environment: Environment): readonly string[] =>
  ownsSessions ? sessionsOf(runDir, environment) : [];

/** Removes the run directory last, so the next clean repeats a removal that was killed. */
function removePlace(
  { runDir, workspace, sessions }: RunPlace & { readonly sessions: readonly string[] },
  runsRoot: string,
): void {
  for (const session of sessions) rmSync(session, { recursive: true, force: true });
  if (workspace !== null) rmSync(workspace, { recursive: true, force: true });
  const doomed = path.join(cleaningDirectory(runsRoot), randomUUID());
  mkdirSync(path.dirname(doomed), { recursive: true });
  renameSync(runDir, doomed);
  rmSync(doomed, { recursive: true, force: true });
}

/** Removes what an earlier, killed removal left. Returns why some of it remains, or undefined. */
export function finishRemovals(runsRoot: string): RemovalRefusal | undefined {
  const directory = cleaningDirectory(runsRoot);
  try {
    if (existsSync(directory)) rmSync(directory, { recursive: true, force: true });
    return undefined;
  } catch (error) {
    return removalRefusal(error, directory);
  }
}

const cleaningDirectory = (runsRoot: string): string =>
  path.join(path.dirname(runsRootLayout(runsRoot).locks), "cleaning");

/** The files of the sessions that a run's journal names. */
function sessionsOf(runDir: string, environment: Environment): readonly string[] {
  const found = new Set<string>();
  let cli = "";
  readJournal({
    runDir,
    visit: (event) => {
      if (event.type === "run.started" || event.type === "backend.changed") cli = event.cli;
      const id = "session" in event ? event.session?.id : undefined;
      if (id !== undefined && id !== null) found.add(JSON.stringify([cli, id]));
    },
  });
  return [...found].flatMap((pair) => {
    const [owner, id] = JSON.parse(pair) as [string, string]; // written above
    return sessionPaths(owner, id, environment);
  });
}
