import path from "node:path";
import type { Clock } from "../core/clock.ts";
import type { EventOf, JournalEvent, StampedEvent } from "../core/event.ts";
import { EXIT } from "../core/failure.ts";
import type { JsonObject } from "../core/json.ts";
import type { RunState } from "../core/run-state.ts";
import type { Graph } from "../graph/graph.ts";
import type { FileSystem } from "../store/file-system.ts";
import { systemFiles } from "../store/files.ts";
import { createJournal, openJournal, type StoredJournal } from "../store/journal.ts";
import { finishArchive } from "../store/run-archive.ts";
import { isRecordedStart, recordStart } from "../store/start-ids.ts";
import { withLabels } from "../engine/decide/labels.ts";
import { stateBeforeVisit } from "../runs/read-run.ts";
import { backendChange, checkIdentity, cursorMove, limitsChange, collectResume } from "./resume.ts";
import { checkCursor, checkMove } from "./check-place.ts";
import { startWarnings } from "./start-warnings.ts";
import { reduce } from "../engine/reduce/reduce-run.ts";
import { hasJournal, readAgain, readWithTail, type StoredRun } from "../runs/stored-run.ts";
import type { LocatedRun } from "./locate-run.ts";
import { refuseOtherStart } from "./refuse-other-start.ts";
import { repairOnce, startOver } from "./start-over.ts";
import { expectedRun, type PreparedStart } from "./prepared-start.ts";
import type { RunRequest } from "./run-request.ts";
import { forgetRequests } from "../runs/watch-requests.ts";
import { changeNotes, workflowChanges } from "./workflow-changes.ts";

export interface OpenRunPorts {
  readonly clock: Clock;
  readonly stillHeld: () => boolean;
  /** Kills all processes that an earlier start of this run left behind. Returns when they are gone. */
  readonly sweep: (state: RunState) => Promise<void>;
  /** Finds out how far the attempt got that was cut off; undefined when none was running. */
  readonly inspectCut: (state: RunState) => Promise<EventOf<"attempt.interrupted"> | undefined>;
  /** Receives messages about what was repaired, archived or edited. */
  readonly say: (message: string) => void;
  /** The file system of the run directory. Tests pass one that fails. */
  readonly files?: FileSystem | undefined;
}

export type OpenedRun =
  /** The run is finished or was stopped by request, and this start does not continue it. Nothing was changed. */
  | { readonly kind: "finished"; readonly stored: StoredRun }
  | {
      readonly kind: "open";
      readonly state: RunState;
      /** The run as it was stored; undefined for a new run. */
      readonly stored: StoredRun | undefined;
      /** Events that are already durable: the start of a new run. */
      readonly written: readonly JournalEvent[];
      /** Events that are in the state and are written with the loop's first intent. */
      readonly opening: readonly StampedEvent[];
      readonly journal: StoredJournal;
    };

/**
 * Starts or resumes a run. The caller holds its lock. One-shot flags act once per start id.
 * @throws UsageError for a run directory of another workflow, a damaged one, other params or an unknown node. Nothing is
 * changed then.
 */
export async function openRun(start: PreparedStart, ports: OpenRunPorts): Promise<OpenedRun> {
  const { request, run } = start;
  const { runDir } = run;
  await finishArchive({ runDir, startId: request.startId });
  if (request.fresh) await startOver(start, ports.say);
  if (!hasJournal(runDir)) return beginRun(start, ports);
  if (request.repair) await repairOnce(start, ports.say);
  return resumeRun(start, ports);
}

function beginRun(start: PreparedStart, ports: OpenRunPorts): OpenedRun {
  const { clock, stillHeld, files = systemFiles } = ports;
  const { request, run } = start;
  const { graph } = run;
  for (const warning of startWarnings(graph, request.params)) ports.say(warning);
  const at = new Date(clock.now()).toISOString();
  const first = withLabels({ seq: 1, lease: 1, at, path: [graph.start], ...startedEvent(start) }, graph);
  const state = reduce(undefined, first);
  const { journal, events } = createJournal({ runDir: run.runDir, first: [first], stillHeld, files });
  return { kind: "open", state, stored: undefined, written: events, opening: [], journal };
}

function startedEvent({ request, run, cli, workspace, ...start }: PreparedStart): EventOf<"run.started"> {
  const { graph } = run;
  return {
    type: "run.started",
    format: 1,
    uuid: start.uuid,
    name: run.name,
    run_id: run.runId,
    workflow: { path: run.workflowPath, hash: graph.hash, parts: graph.parts },
    cli: cli.cli,
    model: request.model ?? null,
    params: request.params ?? {},
    context: initialContext(graph, request.params),
    start: graph.start,
    run_dir: run.runDir,
    workspace: workspace.path,
    holder: start.holder,
    start_id: request.startId,
    versions: start.versions,
    limits: { workflow: graph.limits, asked: request.limits },
  };
}

const initialContext = (graph: Graph, params: JsonObject | undefined): JsonObject => ({
  ...graph.vars,
  ...params,
});

async function resumeRun(start: PreparedStart, ports: OpenRunPorts): Promise<OpenedRun> {
  const { request, run } = start;
  const { runDir, graph } = run;
  const { files = systemFiles } = ports;
  const stored = readNow(start, files);
  const { state } = stored;
  refuseOtherStart(start, state);
  const { move, limits } = pendingFlags(request, run, state);
  checkIdentity(state, expectedRun(start));
  checkMove(move, state, graph);
  if (state.status.kind === "finished" && move.kind === "none") return { kind: "finished", stored };
  const comesBack = request.startId !== null && request.startId === state.start_id;
  if (comesBack && wasAskedToStop(state)) return { kind: "finished", stored };
  if (state.workflow.path !== run.workflowPath)
    ports.say(
      `The run belonged to the workflow at ${state.workflow.path}; now it belongs to ${run.workflowPath}.`,
    );
  // A start by the user supersedes older stop requests. The restart of a container does not.
  if (!comesBack) forgetRequests(runDir, files);
  if (move.kind === "none") checkCursor(state, graph);
  const before = move.kind === "from" ? stateBeforeVisit(runDir, move.node) : undefined;
  if (!comesBack && state.start_id !== null) await recordStart(path.dirname(runDir), state.start_id);
  for (const line of [...workflowChanges(state, graph), ...changeNotes(state, graph, move)])
    ports.say(`Workflow edited: ${line}`);
  await ports.sweep(state);
  const resume = collectResume(state, {
    resumed: resumedEvent(start, state),
    cut: await ports.inspectCut(state),
    changes: [
      ...backendChange(state, { cli: start.cli.asked, model: request.model }),
      ...limitsChange(state, graph.limits, limits),
      ...cursorMove(state, { move, before }),
    ],
    nowMs: ports.clock.now(),
  });
  const journal = openJournal({ runDir, end: stored.end, stillHeld: ports.stillHeld, files });
  return { kind: "open", state: resume.state, opening: resume.events, stored, written: [], journal };
}

/** Reads, under the lock, only what was written since the first read, unless this start has replaced the journal. */
function readNow({ request, run, stored }: PreparedStart, files: FileSystem): StoredRun {
  const isOther = request.fresh || request.repair;
  if (stored === undefined || isOther) return readWithTail(run.runDir, { files });
  return readAgain(run.runDir, stored, files);
}

/**
 * The one-shot flags that have not acted yet: none if this start id has acted before. A flag and its start id become
 * durable in one write, so the journal knows the newest id. Older ids are recorded when the next start resumes the run.
 */
function pendingFlags(
  { startId, move, limits }: RunRequest,
  { runDir }: LocatedRun,
  state: RunState,
): Pick<RunRequest, "move" | "limits"> {
  const acted =
    startId !== null && (startId === state.start_id || isRecordedStart(path.dirname(runDir), startId));
  return acted ? { move: { kind: "none" }, limits: {} } : { move, limits };
}

const wasAskedToStop = ({ status }: RunState): boolean =>
  status.kind === "stopped" && status.exit_code === EXIT.resumable;

function resumedEvent(
  { request, run, workspace, ...start }: PreparedStart,
  state: RunState,
): EventOf<"run.resumed"> {
  const { graph } = run;
  return {
    type: "run.resumed",
    holder: start.holder,
    start_id: request.startId,
    workflow: {
      path: run.workflowPath,
      hash: graph.hash,
      changed: graph.hash !== state.workflow.hash,
      ...(graph.hash !== state.workflow.hash && {
        changes: workflowChanges(state, graph),
        parts: graph.parts,
      }),
    },
    versions: start.versions,
    run_dir: run.runDir,
    workspace: workspace.path,
  };
}
