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
import { repairOnce, startOver } from "./start-over.ts";
import { expectedRun, type PreparedStart } from "./prepared-start.ts";
import type { RunRequest } from "./run-request.ts";
import { forgetRequests } from "../runs/watch-requests.ts";
import { changeNotes, workflowChanges } from "./workflow-changes.ts";

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
  | { readonly kind: "finished"; readonly stored: StoredRun }
  | {
      readonly kind: "open";
      readonly state: RunState;
      /** What it goes on from; undefined where it begins. */
      readonly stored: StoredRun | undefined;
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
  const { move, limits } = pendingFlags(request, run, state);
  checkIdentity(state, expectedRun(start));
  checkMove(move, state, graph);
  if (state.status.kind === "finished" && move.kind === "none") return { kind: "finished", stored };
  const comesBack = request.startId !== null && request.startId === state.start_id;
  if (comesBack && wasAskedToStop(state)) return { kind: "finished", stored };
  if (state.workflow.path !== run.workflowPath)
    ports.say(
      `The run was of the workflow at ${state.workflow.path}; from now on it is of ${run.workflowPath}.`,
    );
  // A person's start is the answer to every older request; a container that comes back is not.
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

/** Under the lock only what was written since the first look is read, unless this start has put another journal there. */
function readNow({ request, run, stored }: PreparedStart, files: FileSystem): StoredRun {
  const isOther = request.fresh || request.repair;
  if (stored === undefined || isOther) return readWithTail(run.runDir, { files });
  return readAgain(run.runDir, stored, files);
}

/**
 * What is left of the one-shot flags: none where this start has had its turn. A flag is durable in one write with the
 * start's id, so the journal tells it of the newest start; the ids of those before it are noted when another one takes over.
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
