import path from "node:path";
import type { EventOf } from "../core/event.ts";
import { EXIT } from "../core/failure.ts";
import type { RunState } from "../core/run-state.ts";
import { stateBeforeVisit } from "../runs/read-run.ts";
import { readAgain, readWithTail, type StoredRun } from "../runs/stored-run.ts";
import { forgetRequests } from "../runs/watch-requests.ts";
import type { FileSystem } from "../store/file-system.ts";
import { systemFiles } from "../store/files.ts";
import { openJournal } from "../store/journal.ts";
import { isRecordedStart, recordStart } from "../store/start-ids.ts";
import { checkCursor, checkMove } from "./check-place.ts";
import type { LocatedRun } from "./locate-run.ts";
import type { OpenedRun, OpenRunPorts } from "./opened-run.ts";
import { expectedRun, type PreparedStart } from "./prepared-start.ts";
import { refuseOtherStart } from "./refuse-other-start.ts";
import { backendChange, checkIdentity, collectResume, cursorMove, limitsChange } from "./resume-changes.ts";
import type { RunRequest } from "./run-request.ts";
import { changeNotes, workflowChanges } from "./workflow-changes.ts";

/** Resumes the run in the directory, or returns it as it is if it is finished. The caller holds its lock. */
export async function resumeRun(start: PreparedStart, ports: OpenRunPorts): Promise<OpenedRun> {
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

/** The run as it is under the lock. It is read again only if its journal changed after the first read. */
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
