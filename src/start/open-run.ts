import path from "node:path";
import type { Clock } from "../core/clock.ts";
import type { EventBody, EventOf, JournalEvent, StampedEvent } from "../core/event.ts";
import { EXIT } from "../core/failure.ts";
import type { JsonObject } from "../core/json.ts";
import type { Limits } from "../core/limits.ts";
import type { RunState } from "../core/run-state.ts";
import type { Holder } from "../core/vocabulary.ts";
import type { Graph } from "../graph/graph.ts";
import type { FileSystem } from "../store/file-system.ts";
import { systemFiles } from "../store/files.ts";
import { createJournal, openJournal, type StoredJournal } from "../store/journal.ts";
import { repairJournal } from "../store/journal-cut.ts";
import type { JournalSum } from "../store/journal-sum.ts";
import { archiveRun, finishArchive, holdsRun } from "../store/run-archive.ts";
import { isRecordedStart, recordStart } from "../store/start-ids.ts";
import { withLabels } from "../engine/decide/labels.ts";
import { readRun, stateBeforeVisit } from "../runs/read-run.ts";
import {
  backendChange,
  checkIdentity,
  cursorMove,
  limitsChange,
  type Move,
  type ResumeRequest,
  takeOver,
} from "./resume.ts";
import { checkCursor, checkMove } from "./check-place.ts";
import { startWarnings } from "./start-warnings.ts";
import { reduce } from "../engine/reduce/reduce-run.ts";
import { hasJournal } from "../runs/stored-state.ts";
import { forgetRequests } from "../runs/watch-requests.ts";
import { changeNotes, workflowChanges } from "./workflow-changes.ts";

/** What a start asks for, with every path resolved. */
export interface StartRequest extends ResumeRequest {
  readonly workspace: string;
  /** Longhaul made the workspace, so --fresh may archive it. */
  readonly ownsWorkspace: boolean;
  readonly uuid: string;
  readonly startId: string | null;
  readonly fresh: boolean;
  readonly repair: boolean;
  readonly move: Move;
  /** From --limit; empty when not given. */
  readonly limits: Limits;
  readonly holder: Holder;
  readonly versions: Readonly<Record<string, string>>;
  /** For a run that starts: the CLI when none was asked for. */
  readonly defaultCli: string;
}

export interface OpenRunPorts {
  readonly clock: Clock;
  readonly stillHeld: () => boolean;
  /** Kills whatever an earlier process of this run left behind and returns when it is gone. */
  readonly sweep: (state: RunState) => Promise<void>;
  /** What became of the attempt that nobody saw the end of; undefined when none was under way. */
  readonly inspectCut: (state: RunState) => Promise<EventOf<"attempt.interrupted"> | undefined>;
  /** Told what was repaired or archived. */
  readonly say: (message: string) => void;
  /** The disk under the run directory; another one where a test has it refuse. */
  readonly files?: FileSystem | undefined;
}

export type OpenedRun =
  /** Finished before or stopped by request, and nothing asks to go on: nothing was changed. */
  | { readonly kind: "finished"; readonly state: RunState; readonly snapshotSum: JournalSum | undefined }
  | {
      readonly kind: "open";
      readonly state: RunState;
      /** Of the journal at the snapshot that was read. */
      readonly snapshotSum: JournalSum | undefined;
      /** Durable already: the start of a run. */
      readonly written: readonly JournalEvent[];
      /** In the state, to be written with the loop's first intent. */
      readonly opening: readonly StampedEvent[];
      readonly journal: StoredJournal;
    };

/**
 * Starts a run or takes an existing one over, for the holder of its lock. One-shot flags act once per start id.
 * @throws UsageError for a foreign or damaged run directory, other params, an unknown node; nothing is changed then.
 */
export async function openRun(request: StartRequest, graph: Graph, ports: OpenRunPorts): Promise<OpenedRun> {
  const { runDir, startId } = request;
  await finishArchive({ runDir, startId });
  if (request.fresh) await startOver(request, ports);
  if (!hasJournal(runDir)) return startRun(request, graph, ports);
  if (request.repair) await repairOnce(request, ports);
  return resumeRun(request, graph, ports);
}

/** Where there is nothing to archive the flag has acted as well: this start must not archive the run that it begins. */
async function startOver(request: StartRequest, ports: OpenRunPorts): Promise<void> {
  const { runDir, startId } = request;
  if (holdsRun(runDir)) await archive(request, ports);
  else if (startId !== null) await recordStart(path.dirname(runDir), startId);
}

async function archive(
  { runDir, workspace, ownsWorkspace, startId }: StartRequest,
  { say }: OpenRunPorts,
): Promise<void> {
  const archived = await archiveRun({ runDir, workspace: ownsWorkspace ? workspace : null, startId });
  if (archived.kind === "seen") return;
  for (const { from, to } of archived.moves) say(`--fresh: archived ${from} as ${path.basename(to)}`);
}

/** Noted only when it is done: a repair cut off by a kill is made again, and finds nothing to do where it had been. */
async function repairOnce(request: StartRequest, ports: OpenRunPorts): Promise<void> {
  const { runDir, startId } = request;
  const root = path.dirname(runDir);
  const id = startId === null ? undefined : `${startId}/repair`;
  if (id !== undefined && isRecordedStart(root, id)) return;
  repair(request, ports);
  if (id !== undefined) await recordStart(root, id);
}

function repair({ runDir }: StartRequest, { say }: OpenRunPorts): void {
  const repaired = repairJournal({ runDir });
  if (repaired === null) return say("--repair: the journal is sound, nothing to repair");
  const { lastSeq, cutBytes, keptIn, stepsKeptIn } = repaired;
  const steps = stepsKeptIn === null ? "" : `, and the files of later attempts to ${stepsKeptIn}`;
  say(`--repair: kept events up to ${lastSeq}; ${cutBytes} bytes moved to ${keptIn}${steps}`);
}

function startRun(request: StartRequest, graph: Graph, ports: OpenRunPorts): OpenedRun {
  const { clock, stillHeld, files = systemFiles } = ports;
  for (const warning of startWarnings(graph, request.params)) ports.say(warning);
  const started: EventOf<"run.started"> = {
    type: "run.started",
    format: 1,
    uuid: request.uuid,
    name: request.name,
    run_id: request.runId,
    workflow: { path: request.workflowPath, hash: graph.hash, parts: graph.parts },
    cli: request.cli ?? request.defaultCli,
    model: request.model ?? null,
    params: request.params ?? {},
    context: initialContext(graph, request.params),
    start: graph.start,
    run_dir: request.runDir,
    workspace: request.workspace,
    holder: request.holder,
    start_id: request.startId,
    versions: request.versions,
    limits: { workflow: graph.limits, asked: request.limits },
  };
  const at = new Date(clock.now()).toISOString();
  const first = withLabels({ seq: 1, lease: 1, at, path: [graph.start], ...started }, graph);
  const state = reduce(undefined, first);
  const { journal, events } = createJournal({ runDir: request.runDir, first: [first], stillHeld, files });
  return { kind: "open", state, snapshotSum: undefined, written: events, opening: [], journal };
}

const initialContext = (graph: Graph, params: JsonObject | undefined): JsonObject => ({
  ...graph.vars,
  ...params,
});

async function resumeRun(asked: StartRequest, graph: Graph, ports: OpenRunPorts): Promise<OpenedRun> {
  const { runDir } = asked;
  const { files = systemFiles } = ports;
  const { state, end, snapshot } = readRun(runDir, { files });
  const snapshotSum = snapshot?.journalSum;
  const request = withoutActed(asked, state);
  const { move } = request;
  checkIdentity(state, request);
  checkMove(move, state, graph);
  if (state.status.kind === "finished" && move.kind === "none")
    return { kind: "finished", state, snapshotSum };
  const comesBack = request.startId !== null && request.startId === state.start_id;
  if (comesBack && wasAskedToStop(state)) return { kind: "finished", state, snapshotSum };
  if (state.workflow.path !== request.workflowPath)
    ports.say(
      `The run was of the workflow at ${state.workflow.path}; from now on it is of ${request.workflowPath}.`,
    );
  // A person's start is the answer to every older request; a container that comes back is not.
  if (!comesBack) forgetRequests(runDir, files);
  if (move.kind === "none") checkCursor(state, graph);
  const before = move.kind === "from" ? stateBeforeVisit(runDir, move.node) : undefined;
  if (!comesBack && state.start_id !== null) await recordStart(path.dirname(runDir), state.start_id);
  for (const line of [...workflowChanges(state, graph), ...changeNotes(state, graph, move)])
    ports.say(`Workflow edited: ${line}`);
  await ports.sweep(state);
  const cut = await ports.inspectCut(state);
  const changes: EventBody[] = [
    ...backendChange(state, request),
    ...limitsChange(state, graph.limits, request.limits),
    ...cursorMove(state, { move, before }),
  ];
  const taken = takeOver(state, {
    resumed: resumedEvent(request, state, graph),
    cut,
    changes,
    nowMs: ports.clock.now(),
  });
  const journal = openJournal({ runDir, end, stillHeld: ports.stillHeld, files });
  const { state: current, events: opening } = taken;
  return { kind: "open", state: current, opening, snapshotSum, written: [], journal };
}

/**
 * The request without its one-shot flags when this start has had its turn. A flag is durable in one write with the start's
 * id, so the journal tells it of the newest start; the ids of those before it are noted when another one takes over.
 */
function withoutActed(request: StartRequest, state: RunState): StartRequest {
  const { startId, runDir } = request;
  if (startId === null) return request;
  const acted = startId === state.start_id || isRecordedStart(path.dirname(runDir), startId);
  return acted ? { ...request, move: { kind: "none" }, limits: {} } : request;
}

const wasAskedToStop = ({ status }: RunState): boolean =>
  status.kind === "stopped" && status.exit_code === EXIT.resumable;

function resumedEvent(request: StartRequest, state: RunState, graph: Graph): EventOf<"run.resumed"> {
  return {
    type: "run.resumed",
    holder: request.holder,
    start_id: request.startId,
    workflow: {
      path: request.workflowPath,
      hash: graph.hash,
      changed: graph.hash !== state.workflow.hash,
      ...(graph.hash !== state.workflow.hash && {
        changes: workflowChanges(state, graph),
        parts: graph.parts,
      }),
    },
    versions: request.versions,
    run_dir: request.runDir,
    workspace: request.workspace,
  };
}
