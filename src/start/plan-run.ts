import type { RunState } from "../core/run-state.ts";
import type { Graph } from "../graph/graph.ts";
import { locateRun } from "./locate-run.ts";
import { readStoredRun } from "../runs/stored-run.ts";
import { stateBeforeVisit } from "../runs/read-run.ts";
import { checkIdentity, refuseMove } from "./resume-changes.ts";
import type { Move, RunRequest } from "./run-request.ts";
import { checkCursor, checkMove } from "./check-place.ts";
import { changeNotes, workflowChanges } from "./workflow-changes.ts";

export interface Plan {
  readonly run_dir: string;
  readonly kind: "start" | "start-over" | "resume" | "finished";
  /** Number of finished steps that the start keeps. */
  readonly kept: number;
  /** The node that runs next. */
  readonly next: string;
  readonly workflow_changed: boolean;
  /** The edits to the workflow since the run last started. */
  readonly workflow_changes: readonly string[];
  readonly lines: readonly string[];
}

/**
 * Describes what a start would keep, redo and skip. Changes nothing.
 * @throws UsageError in the cases where the start would.
 */
export async function planRun(request: RunRequest): Promise<Plan> {
  const located = await locateRun(request);
  const { graph, runDir } = located;
  const mayBeDamaged = request.fresh || request.repair;
  const state = (located.stored ?? readStoredRun(runDir, { mayBeDamaged }))?.state;
  const start = {
    run_dir: runDir,
    kept: 0,
    next: graph.start,
    workflow_changed: false,
    workflow_changes: [],
  };
  if (state === undefined && request.repair) {
    return {
      ...start,
      kind: "resume",
      lines: [
        "The journal is damaged: --repair cuts it back to its last good event, then the run continues.",
      ],
    };
  }
  if (request.fresh && state !== undefined) {
    return {
      ...start,
      kind: "start-over",
      lines: [
        `Archive the run (${state.totals.steps} steps) and its workspace, start over at ${graph.start}.`,
      ],
    };
  }
  if (state === undefined) {
    refuseMove(request.move, runDir);
    return { ...start, kind: "start", lines: [`Start a new run at ${graph.start}.`] };
  }
  checkIdentity(state, { ...located, params: request.params, cli: request.cli });
  checkMove(request.move, state, graph);
  if (request.move.kind === "none") checkCursor(state, graph);
  return { run_dir: runDir, ...planResume({ state, graph, move: request.move, runDir }) };
}

interface PlanInput {
  readonly state: RunState;
  readonly graph: Graph;
  readonly move: Move;
  readonly runDir: string;
}

function planResume({ state, graph, move, runDir }: PlanInput): Omit<Plan, "run_dir"> {
  const changed = graph.hash !== state.workflow.hash;
  const edits = workflowChanges(state, graph);
  const note = changed
    ? [
        "The workflow has changed since the run last started; the run continues with the new version:",
        ...edits.map((line) => `  ${line}`),
        ...changeNotes(state, graph, move),
      ]
    : [];
  const finishedSteps = state.totals.steps - (state.open === null ? 0 : 1);
  if (state.status.kind === "finished" && move.kind === "none") {
    const line = `The run is finished at ${state.status.node} (exit ${state.status.exit_code}); nothing is done.`;
    return {
      kind: "finished",
      kept: finishedSteps,
      next: state.status.node,
      workflow_changed: changed,
      workflow_changes: edits,
      lines: [line, ...note],
    };
  }
  const kept =
    move.kind === "from" ? (stateBeforeVisit(runDir, move.node)?.totals.steps ?? 0) : finishedSteps;
  const next = move.kind === "none" ? state.cursor : move.node;
  const lines = [`Keep ${kept} finished steps.`, ...describeMove(state, move), ...note];
  return { kind: "resume", kept, next, workflow_changed: changed, workflow_changes: edits, lines };
}

function describeMove(state: RunState, move: Move): readonly string[] {
  switch (move.kind) {
    case "none":
      return [describeOpen(state)];
    case "at":
      return [`Continue at ${move.node} with the current context.`, ...dropped(state)];
    case "redo":
      return [`Repeat ${move.node}, then continue at ${state.cursor}.`, ...dropped(state)];
    case "from":
      return [
        `Go back to the newest visit of ${move.node}, restore its context, and redo everything that followed.`,
      ];
    default:
      return move satisfies never;
  }
}

const dropped = ({ open }: RunState): readonly string[] =>
  open === null
    ? []
    : [`Step ${open.step} (${open.node}) is open; it is dropped and restarted when its node is reached.`];

function describeOpen({ open, cursor }: RunState): string {
  if (open === null) return `Start ${cursor} next.`;
  const { phase } = open;
  if (phase.kind === "waiting")
    return `Continue waiting in step ${open.step} (${open.node}) until ${phase.wait.until}: ${phase.wait.why}`;
  if (open.kind === "script")
    return `Run the script of step ${open.step} (${open.node}) again; it ${phase.kind === "failed" ? "failed" : "was cut off"}.`;
  const how = open.prompt_stored ? "in its session" : "in a fresh session";
  return `Continue step ${open.step} (${open.node}) ${how}, ${open.attempts} attempts made so far.`;
}
