import type { Clock } from "../core/clock.ts";
import type { EventBody, JournalEvent } from "../core/event.ts";
import { type Listener, LeaseLost } from "../core/ports.ts";
import { UsageError } from "../core/failure.ts";
import type { RunState } from "../core/run-state.ts";
import type { Holder } from "../core/vocabulary.ts";
import { createDiskGauge } from "../store/free-disk.ts";
import { systemFiles } from "../store/files.ts";
import type { JournalEnd } from "../store/journal-reader.ts";
import { acquireLock, type Lock } from "../store/lock.ts";
import { makeDirectories } from "../store/make-directory.ts";
import { checkArchive } from "../store/run-archive.ts";
import { asStorageFailure, errorCode } from "../store/storage-failure.ts";
import { createViews, type Views } from "../store/views.ts";
import { collect } from "../engine/collect.ts";
import { runLoop } from "../engine/loop.ts";
import type { Perform } from "../engine/ports.ts";
import { type OpenedRun, openRun, type OpenRunPorts, type StartRequest } from "./open-run.ts";
import { hasJournal } from "../runs/stored-state.ts";
import { readRun } from "../runs/read-run.ts";
import { checkIdentity, refuseMove } from "./resume.ts";
import type { EngineSettings } from "../engine/settings.ts";
import { forgetRequests, watchRequests } from "../runs/watch-requests.ts";
import { isStopRequested } from "../core/stop-request.ts";

/** The real parts of one start; wire.ts builds them. */
export interface RunParts extends Pick<OpenRunPorts, "sweep" | "inspectCut" | "say" | "files"> {
  readonly clock: Clock;
  /** What the run directory says before the lock is taken; undefined where it says nothing usable. */
  readonly stored: RunState | undefined;
  readonly settings: EngineSettings;
  readonly perform: Perform;
  readonly listeners: readonly Listener[];
  /** Looks for what the workflow requires; asked before the first step of a run. */
  readonly preflight: () => Promise<readonly EventBody[]>;
  /** Aborted by signals and by the loss of the lock. */
  readonly stop: AbortController;
}

/**
 * Takes the run's lock, starts or resumes it, walks the graph and returns the state in which it ends here.
 * @throws UsageError, LeaseLost, StorageFailure.
 */
export async function executeRun(request: StartRequest, parts: RunParts): Promise<RunState> {
  const { stop, say, files = systemFiles } = parts;
  // Here already, so that a refused start does not even leave a lock behind.
  checkArchive(request.runDir);
  if (!hasJournal(request.runDir)) refuseMove(request.move, request.runDir);
  else if (parts.stored !== undefined && !request.fresh) checkIdentity(parts.stored, request);
  const lock = await acquireLock({
    runDir: request.runDir,
    holder: request.holder,
    files,
    onLost: (why) => stop.abort(`the loss of its lock (${why})`),
    onObserve: (other) => say(watching(other)),
    signal: stop.signal,
  });
  try {
    return await runLocked(request, { ...parts, lock });
  } finally {
    await lock.release();
  }
}

function watching(holder: Holder | null): string {
  const who = holder === null ? "an unknown holder, whose record a power cut may have emptied," : holder.host;
  return `Watching for up to 15 s whether ${who} still holds this run. If not, this start goes on with it.`;
}

async function runLocked(
  request: StartRequest,
  parts: RunParts & { readonly lock: Lock },
): Promise<RunState> {
  const { clock, lock, settings, stop } = parts;
  const ports: OpenRunPorts = { ...parts, stillHeld: () => lock.stillHeld() };
  const opened = await openRun(request, settings.graph, ports);
  if (opened.kind === "finished") {
    await restoreViews(request.runDir, opened, parts);
    return opened.state;
  }
  makeWorkspace(opened.state.workspace);
  const views = openViews(request.runDir, opened, parts);
  const listeners = [views.listener, ...parts.listeners];
  tell(listeners, opened.written, opened.state);
  const freeDisk = createDiskGauge([request.runDir, opened.state.workspace]);
  const endWatch = watchRequests(request.runDir, stop);
  try {
    const state = await runLoop({
      ...opened,
      ...(await checkedOpening(opened, parts)),
      settings,
      ports: { clock, journal: opened.journal, perform: parts.perform, listeners, freeDisk },
      signal: stop.signal,
    });
    await views.flush();
    if (isStopRequested(stop.signal.reason)) forgetRequests(request.runDir, parts.files ?? systemFiles);
    return state;
  } catch (error) {
    if (errorCode(error) === "ENOENT" && !hasJournal(request.runDir)) throw goneError(request.runDir, error);
    // Whoever holds the run now writes its views.
    if (!(error instanceof LeaseLost)) await views.flush();
    throw error;
  } finally {
    endWatch();
    opened.journal.close();
  }
}

const goneError = (runDir: string, cause: unknown): UsageError =>
  new UsageError(`The run directory ${runDir} was removed while the run was at work.`, {
    details: ["What it held is lost; the same command starts over. `stop` ends a run, `clean` removes it."],
    cause,
  });

/** Before the first step the environment has to be ready; what is missing ends the run for now. */
async function checkedOpening(
  { state, opening }: Opened,
  { preflight, clock }: RunParts,
): Promise<Pick<Opened, "state" | "opening">> {
  if (state.totals.steps > 0) return { state, opening };
  const found = collect(state, await preflight(), clock.now());
  return { state: found.state, opening: [...opening, ...found.events] };
}

/** What another directory would not mend, or what passes. */
const REFUSALS_OF_THE_DISK = new Set(["ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENFILE"]);

/**
 * @throws UsageError when it cannot be made: a home that is read-only, or a file in its place.
 * @throws StorageFailure when the disk is full or fails.
 */
function makeWorkspace(workspace: string): void {
  try {
    makeDirectories(workspace);
  } catch (error) {
    if (REFUSALS_OF_THE_DISK.has(errorCode(error) ?? "")) throw asStorageFailure(workspace, error);
    throw new UsageError(`The workspace ${workspace} cannot be made.`, {
      details: [String(error), "Mend that, or name another directory with --workspace."],
      cause: error,
    });
  }
}

type Opened = Extract<OpenedRun, { kind: "open" }>;

function openViews(
  runDir: string,
  { journal, written, snapshotSum }: Opened,
  parts: RunParts & { readonly lock: Lock },
): Views {
  const views = createViews({
    ...viewPorts(runDir, parts),
    position: () => journal.position(),
    snapshotSum,
  });
  if (written.length === 0) replayTail(runDir, parts, (event, state) => views.rewrite(event, state));
  return views;
}

/** A kill after the run's last event may have left some of its views unwritten, its exit code among them. */
async function restoreViews(
  runDir: string,
  { state, snapshotSum }: Pick<OpenedRun, "state" | "snapshotSum">,
  parts: RunParts & { readonly lock: Lock },
): Promise<void> {
  const views = createViews({ ...viewPorts(runDir, parts), position: () => end, snapshotSum });
  const last: JournalEvent[] = [];
  const end = replayTail(runDir, parts, (event, after) => {
    views.rewrite(event, after);
    if (event.type === "run.finished" || event.type === "run.stopped") last.push(event);
  });
  if (last.length > 0) views.listener(last, state);
  await views.flush();
  views.restoreEnd(state);
}

const viewPorts = (runDir: string, parts: RunParts & { readonly lock: Lock }) => ({
  runDir,
  onProblem: (message: string) => parts.say(message),
  stillHeld: () => parts.lock.stillHeld(),
  replayTail: (visit: VisitEvent) => void replayTail(runDir, parts, visit),
  files: parts.files ?? systemFiles,
});

type VisitEvent = (event: JournalEvent, state: RunState) => void;

/** Tells of every event after the snapshot and returns where the journal ends. */
const replayTail = (runDir: string, { files = systemFiles }: RunParts, visit: VisitEvent): JournalEnd =>
  readRun(runDir, { visit, files }).end;

function tell(listeners: readonly Listener[], events: readonly JournalEvent[], state: RunState): void {
  if (events.length === 0) return;
  for (const listener of listeners) listener(events, state);
}
