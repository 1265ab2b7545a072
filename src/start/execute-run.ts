import type { Clock } from "../core/clock.ts";
import type { EventBody, JournalEvent } from "../core/event.ts";
import { type Listener, LeaseLost } from "../core/ports.ts";
import { UsageError } from "../core/failure.ts";
import type { RunState } from "../core/run-state.ts";
import type { Holder } from "../core/vocabulary.ts";
import { createDiskGauge } from "../store/free-disk.ts";
import { systemFiles } from "../store/files.ts";
import { acquireLock, type Lock } from "../store/lock.ts";
import { makeDirectories } from "../store/make-directory.ts";
import { checkArchive } from "../store/run-archive.ts";
import { asStorageFailure, errorCode } from "../store/storage-failure.ts";
import { createViews, type Views } from "../store/views.ts";
import { collect } from "../engine/collect.ts";
import { runLoop } from "../engine/loop.ts";
import type { Perform } from "../engine/ports.ts";
import { openRun } from "./open-run.ts";
import type { OpenedRun, OpenRunPorts } from "./opened-run.ts";
import { expectedRun, type PreparedStart } from "./prepared-start.ts";
import { hasJournal, type StoredRun, visitTail } from "../runs/stored-run.ts";
import { readRun } from "../runs/read-run.ts";
import { checkIdentity, refuseMove } from "./resume-changes.ts";
import type { EngineSettings } from "../engine/settings.ts";
import { forgetRequests, watchRequests } from "../runs/watch-requests.ts";
import { isStopRequested } from "../core/stop-request.ts";

/** The parts of one start that have side effects. wire.ts builds them. */
export interface RunParts extends Pick<OpenRunPorts, "sweep" | "inspectCut" | "say" | "files"> {
  readonly clock: Clock;
  readonly settings: EngineSettings;
  readonly perform: Perform;
  readonly listeners: readonly Listener[];
  /** Checks the workflow's requirements. Called before the first step of a run. */
  readonly preflight: () => Promise<readonly EventBody[]>;
  /** Aborted by signals and by the loss of the lock. */
  readonly stop: AbortController;
}

/**
 * Takes the run's lock, starts or resumes the run, and returns the state in which it stops running in this process.
 * @throws UsageError, LeaseLost, StorageFailure.
 */
export async function executeRun(start: PreparedStart, parts: RunParts): Promise<RunState> {
  const { stop, say, files = systemFiles } = parts;
  const { request, stored } = start;
  const { runDir } = start.run;
  // Before the lock is taken, so a refused start leaves no lock behind.
  checkArchive(runDir);
  if (!hasJournal(runDir)) refuseMove(request.move, runDir);
  else if (stored !== undefined && !request.fresh) checkIdentity(stored.state, expectedRun(start));
  const lock = await acquireLock({
    runDir,
    holder: start.holder,
    files,
    onLost: (why) => stop.abort(`the loss of its lock (${why})`),
    onObserve: (other) => say(watching(other)),
    signal: stop.signal,
  });
  try {
    return await runLocked(start, { ...parts, lock });
  } finally {
    await lock.release();
  }
}

function watching(holder: Holder | null): string {
  const who = holder === null ? "an unknown holder, whose record a power cut may have emptied," : holder.host;
  return `Watching for up to 15 s whether ${who} still holds this run. If not, this start resumes it.`;
}

async function runLocked(start: PreparedStart, parts: RunParts & { readonly lock: Lock }): Promise<RunState> {
  const { clock, lock, settings, stop } = parts;
  const { runDir } = start.run;
  const ports: OpenRunPorts = { ...parts, stillHeld: () => lock.stillHeld() };
  const opened = await openRun(start, ports);
  if (opened.kind === "finished") {
    await restoreViews(runDir, opened.stored, parts);
    return opened.stored.state;
  }
  makeWorkspace(opened.state.workspace);
  const views = openViews(runDir, opened, parts);
  const listeners = [views.listener, ...parts.listeners];
  tell(listeners, opened.written, opened.state);
  const freeDisk = createDiskGauge([runDir, opened.state.workspace]);
  const endWatch = watchRequests(runDir, stop);
  try {
    const state = await runLoop({
      ...opened,
      ...(await checkedOpening(opened, parts)),
      settings,
      ports: { clock, journal: opened.journal, perform: parts.perform, listeners, freeDisk },
      signal: stop.signal,
    });
    await views.flush();
    if (isStopRequested(stop.signal.reason)) forgetRequests(runDir, parts.files ?? systemFiles);
    return state;
  } catch (error) {
    if (errorCode(error) === "ENOENT" && !hasJournal(runDir)) throw goneError(runDir, error);
    // After LeaseLost the new holder writes the views.
    if (!(error instanceof LeaseLost)) await views.flush();
    throw error;
  } finally {
    endWatch();
    opened.journal.close();
  }
}

const goneError = (runDir: string, cause: unknown): UsageError =>
  new UsageError(`The run directory ${runDir} was removed while the run was active.`, {
    details: ["Its contents are lost; the same command starts over. `stop` ends a run, `clean` removes it."],
    cause,
  });

/** Adds the preflight's events before the first step. A missing requirement stops the run. */
async function checkedOpening(
  { state, opening }: Opened,
  { preflight, clock }: RunParts,
): Promise<Pick<Opened, "state" | "opening">> {
  if (state.totals.steps > 0) return { state, opening };
  const found = collect(state, await preflight(), clock.now());
  return { state: found.state, opening: [...opening, ...found.events] };
}

/** Errors that another directory would not avoid, or that may pass by themselves. */
const DISK_ERROR_CODES = new Set(["ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENFILE"]);

/**
 * @throws UsageError when it cannot be created: the home is read-only, or a file has its name.
 * @throws StorageFailure when the disk is full or fails.
 */
function makeWorkspace(workspace: string): void {
  try {
    makeDirectories(workspace);
  } catch (error) {
    if (DISK_ERROR_CODES.has(errorCode(error) ?? "")) throw asStorageFailure(workspace, error);
    throw new UsageError(`The workspace ${workspace} cannot be created.`, {
      details: [String(error), "Fix that, or name another directory with --workspace."],
      cause: error,
    });
  }
}

type Opened = Extract<OpenedRun, { kind: "open" }>;

function openViews(
  runDir: string,
  { journal, stored }: Opened,
  parts: RunParts & { readonly lock: Lock },
): Views {
  const views = createViews({
    ...viewPorts(runDir, parts),
    position: () => journal.position(),
    snapshotSum: stored?.snapshot?.journalSum,
  });
  const { files = systemFiles } = parts;
  if (stored !== undefined)
    visitTail(runDir, stored, { visit: (event, state) => views.rewrite(event, state), files });
  return views;
}

/** Writes views, such as the exit code, that a kill after the run's last event prevented. */
async function restoreViews(
  runDir: string,
  stored: StoredRun,
  parts: RunParts & { readonly lock: Lock },
): Promise<void> {
  const { files = systemFiles } = parts;
  const views = createViews({
    ...viewPorts(runDir, parts),
    position: () => stored.end,
    snapshotSum: stored.snapshot?.journalSum,
  });
  const last: JournalEvent[] = [];
  const visit = (event: JournalEvent, after: RunState) => {
    views.rewrite(event, after);
    if (event.type === "run.finished" || event.type === "run.stopped") last.push(event);
  };
  visitTail(runDir, stored, { visit, files });
  if (last.length > 0) views.listener(last, stored.state);
  await views.flush();
  views.restoreEnd(stored.state);
}

const viewPorts = (
  runDir: string,
  { say, lock, files = systemFiles }: RunParts & { readonly lock: Lock },
) => ({
  runDir,
  onProblem: (message: string) => say(message),
  stillHeld: () => lock.stillHeld(),
  replayTail: (visit: VisitEvent) => void readRun(runDir, { visit, files }),
  files,
});

type VisitEvent = (event: JournalEvent, state: RunState) => void;

function tell(listeners: readonly Listener[], events: readonly JournalEvent[], state: RunState): void {
  if (events.length === 0) return;
  for (const listener of listeners) listener(events, state);
}
