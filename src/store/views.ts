import type { JournalEvent } from "../core/event.ts";
import type { Listener } from "../core/ports.ts";
import type { RunState } from "../core/run-state.ts";
import type { FileSystem } from "./file-system.ts";
import { systemFiles } from "./files.ts";
import type { JournalPosition } from "./journal-reader.ts";
import type { JournalSum } from "./journal-sum.ts";
import { runLayout } from "./layout.ts";
import { createNewestLinks } from "./newest-links.ts";
import { createSnapshotWriter, createSummaryWriter, writeFinalContext } from "./run-view-writer.ts";
import { createStepViewWriter } from "./step-view-writer.ts";
import { createViewGuard, type ViewGuard } from "./view-guard.ts";

/** How long `run.json` and the links to newest visits may lag behind the journal. */
const LAG_MS = 250;
/** How long views wait before they are written, so that quick steps without processes write many at once. */
const QUEUE_LAG_MS = 100;
/** From this length on the listener empties the queue itself, so that memory stays bounded. */
const LONGEST_QUEUE = 256;

export interface Views {
  /** Queues the work and returns at once. */
  readonly listener: Listener;
  /**
   * For a resume, before the run goes on: receives each event read from the journal, with the state after it. Writes the
   * files that a kill prevented and leaves existing ones alone.
   */
  rewrite(event: JournalEvent, state: RunState): void;
  /** For a run that has ended: writes missing files whose events the snapshot already covers. */
  restoreEnd(state: RunState): void;
  /** Writes everything that is pending; `run.json` with an exit code durably. Never rejects. */
  flush(): Promise<void>;
}

interface CreateViews {
  readonly runDir: string;
  /** The end of the journal when the listener is called. */
  readonly position: () => JournalPosition;
  /** The sum of the journal at the snapshot that the run was resumed from, if any. */
  readonly snapshotSum?: JournalSum | undefined;
  /** Called once per kind of view that cannot be written; the run goes on without it. Must not throw. */
  readonly onProblem: (message: string, cause: unknown) => void;
  /** A process that was frozen must not overwrite the views of the new holder. */
  readonly stillHeld: () => boolean;
  /** Reads every event after the snapshot from the disk, to write again the views that the disk refused. */
  readonly replayTail: (visit: (event: JournalEvent, state: RunState) => void) => void;
  readonly files?: FileSystem;
}

interface Batch {
  readonly events: readonly JournalEvent[];
  readonly state: RunState;
  readonly position: JournalPosition;
}

/** Everything in a run directory but the journal: files for display, and the snapshot for speed. */
export function createViews(options: CreateViews): Views {
  const { runDir, position, snapshotSum, onProblem, stillHeld, files = systemFiles } = options;
  const guard = createViewGuard(onProblem);
  const layout = runLayout(runDir);
  const runViews = { layout, files, writeView: guard.writeView };
  const links = createNewestLinks(runViews);
  const writeStepViews = createStepViewWriter({ ...runViews, links });
  const writeSummary = createSummaryWriter(runViews);
  const lagging = createLag((state: RunState) => {
    if (!stillHeld()) return;
    links.flush();
    writeSummary(state);
  });
  const rewrite = (event: JournalEvent, state: RunState) => {
    writeStepViews([event], state, "keep");
    if (endsRun(event)) writeFinalContext(runViews, state);
    lagging.note(state, false);
  };
  const completeViews = createCompletion({ ...options, ...guard, lagging, rewrite });
  const snapshot = createSnapshotWriter({ ...runViews, completeViews }, snapshotSum);

  const work = ({ events, state, position: end }: Batch) => {
    if (!stillHeld()) return;
    writeStepViews(events, state, "replace");
    const hasEnded = events.some(endsRun);
    if (hasEnded) writeFinalContext(runViews, state);
    lagging.note(state, hasEnded || events.some(isWorthShowing));
    snapshot(state, end, hasEnded ? "now" : "by-size");
  };
  const queue = createQueue(work);
  const restoreEnd = (state: RunState) => {
    if (!files.exists(layout.contextJson)) writeFinalContext(runViews, state);
    if (!files.exists(layout.runJson)) lagging.note(state, true);
  };
  const flush = async () => {
    queue.drain();
    lagging.flush();
  };
  const listener: Listener = (events, state) => queue.add({ events, state, position: position() });
  return { listener, rewrite, restoreEnd, flush };
}

interface Completion extends ViewGuard, Pick<CreateViews, "replayTail"> {
  readonly lagging: { readonly flush: () => void };
  readonly rewrite: Views["rewrite"];
}

/** Writes what lags behind and, from the journal, what the disk refused. Returns whether all views exist now. */
function createCompletion({
  writeView,
  wasRefused,
  forgetRefusals,
  lagging,
  rewrite,
  replayTail,
}: Completion) {
  return (): boolean => {
    lagging.flush();
    if (!wasRefused()) return true;
    forgetRefusals();
    writeView("what could not be written before", () => replayTail(rewrite));
    lagging.flush();
    return !wasRefused();
  };
}

const endsRun = ({ type }: JournalEvent): boolean =>
  type === "run.finished" || type === "run.stopped" || type === "run.interrupted";

/** Events that `run.json` shows at once. */
const isWorthShowing = ({ type }: JournalEvent): boolean =>
  type === "run.started" || type === "run.resumed" || type === "wait.started" || type === "wait.finished";

/**
 * Writes queued batches while the loop waits for a process or for time. It takes one batch per turn of the event loop, so
 * that the end of a process is noticed at once. `setImmediate` must not be `unref`ed: it would wait for another wake-up.
 */
function createQueue(work: (batch: Batch) => void) {
  let batches: Batch[] = [];
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  const drain = () => {
    clearTimeout(timer);
    clearImmediate(turn);
    timer = undefined;
    const taken = batches;
    batches = [];
    for (const batch of taken) work(batch);
  };
  const workOne = () => {
    const batch = batches.shift();
    if (batch !== undefined) work(batch);
    if (batches.length > 0) turn = setImmediate(workOne);
    else timer = undefined;
  };
  const add = (batch: Batch) => {
    batches.push(batch);
    if (batches.length >= LONGEST_QUEUE) return drain();
    timer ??= setTimeout(workOne, QUEUE_LAG_MS).unref();
  };
  return { add, drain };
}

/** Writes the newest state at once or after `LAG_MS`; states in between are skipped. */
function createLag(write: (state: RunState) => void) {
  let pending: RunState | undefined;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (pending !== undefined) write(pending);
    pending = undefined;
  };
  const note = (state: RunState, atOnce: boolean) => {
    pending = state;
    if (atOnce) return flush();
    timer ??= setTimeout(flush, LAG_MS).unref();
  };
  return { note, flush };
}
