import { isDeepStrictEqual } from "node:util";
import type { EventBody, EventOf } from "../core/event.ts";
import { UsageError } from "../core/failure.ts";
import type { JsonObject } from "../core/json.ts";
import type { Limits } from "../core/limits.ts";
import { quoteForShell } from "../core/quote-for-shell.ts";
import type { RunState } from "../core/run-state.ts";
import type { LocatedRun } from "./locate-run.ts";
import type { Move } from "./run-request.ts";
import { type Collected, collect } from "../engine/collect.ts";

/** The run that a start expects in the run directory. */
export interface ExpectedRun extends Pick<
  LocatedRun,
  "name" | "runId" | "runDir" | "workflowPath" | "mayMove"
> {
  /** Undefined: the stored ones. */
  readonly params: JsonObject | undefined;
  /** From --cli or AGENT_CLI; undefined: the stored one. */
  readonly cli: string | undefined;
}

/**
 * Refuses to resume a run that is not the expected one.
 * @throws UsageError that names both runs and the ways out.
 */
export function checkIdentity(state: RunState, expected: ExpectedRun): void {
  const { runDir, name, runId, workflowPath, mayMove, params, cli } = expected;
  const isElsewhere = !mayMove && state.workflow.path !== workflowPath;
  if (state.name !== name || state.run_id !== runId || isElsewhere) {
    throw new UsageError(`The run directory ${runDir} belongs to another workflow.`, {
      details: [
        `It holds:  ${state.name} (run id ${state.run_id}) from ${state.workflow.path}`,
        `Asked for: ${name} (run id ${runId}) from ${workflowPath}`,
        "Choose another --run-id or --runs-dir, or use --fresh to archive the stored run.",
        `If it is the same workflow at a new path, --resume-run ${quoteForShell(runDir)} resumes it.`,
      ],
    });
  }
  if (params !== undefined && !isDeepStrictEqual(params, state.params)) {
    throw new UsageError(`The run ${state.name}-${state.run_id} was started with other params.`, {
      details: [
        `Stored: ${JSON.stringify(state.params)}`,
        `Given:  ${JSON.stringify(params)}`,
        "Omit --params to continue with the stored ones, start another run with --run-id, or start over with --fresh.",
      ],
    });
  }
  if (cli !== undefined && cli !== state.cli && [cli, state.cli].includes("replay")) {
    throw new UsageError(
      `A run of ${state.cli} cannot be resumed with ${cli}: replayed answers and real ones do not mix.`,
      {
        details: ["Start another run with --run-id, or start over with --fresh."],
      },
    );
  }
}

/** The event for --at, --from or --redo. `before` is the state just before the newest visit of the node. */
export function cursorMove(
  state: RunState,
  { move, before }: { readonly move: Move; readonly before: RunState | undefined },
): readonly EventBody[] {
  switch (move.kind) {
    case "none":
      return [];
    case "at":
      return [{ type: "cursor.moved", why: "at", node: move.node }];
    case "redo":
      return [{ type: "cursor.moved", why: "redo", node: move.node, ...whereNext(state, move.node) }];
    case "from": {
      if (before === undefined) throw neverVisited(move);
      const { context, sources, visits, defaulted } = before;
      return [
        {
          type: "cursor.moved",
          why: "from",
          node: move.node,
          restored: { context, sources, visits, defaulted },
        },
      ];
    }
    default:
      return move satisfies never;
  }
}

/**
 * Where the run continues after a redone step: at its current node, or at the end node of a finished run. A redo of the
 * current node itself continues at that node's own `next`.
 */
export function whereNext(state: RunState, node: string): { return_to?: string } {
  if (state.status.kind === "finished") return { return_to: state.status.node };
  return state.cursor === node ? {} : { return_to: state.cursor };
}

export const neverVisited = ({ kind, node }: Exclude<Move, { kind: "none" }>): UsageError =>
  new UsageError(`--${kind} ${node}: this run has not visited ${node} yet.`, {
    details: ["--at NODE moves the cursor without going back; --plan shows which steps are done."],
  });

/** @throws UsageError for a move in a run that does not exist yet. */
export function refuseMove(move: Move, runDir: string): void {
  if (move.kind === "none") return;
  throw new UsageError(`--${move.kind} ${move.node}: ${runDir} contains no run yet.`, {
    details: [`Omit --${move.kind} to start one.`],
  });
}

/** A run keeps its CLI and model unless the start names others. A change is recorded and opens fresh sessions. */
export function backendChange(
  state: RunState,
  { cli, model }: { readonly cli: string | undefined; readonly model: string | undefined },
): readonly EventBody[] {
  const next = {
    cli: cli ?? state.cli,
    model: model ?? (cli !== undefined && cli !== state.cli ? null : state.model),
  };
  if (next.cli === state.cli && next.model === state.model) return [];
  return [{ type: "backend.changed", ...next }];
}

/** Combines the workflow's current limits with every --limit given so far, and records the result if it changed. */
export function limitsChange(state: RunState, workflow: Limits, asked: Limits): readonly EventBody[] {
  const limits = { workflow, asked: { ...state.limits.asked, ...asked } };
  return isDeepStrictEqual(limits, state.limits) ? [] : [{ type: "limits.changed", limits }];
}

export interface ResumeEvents {
  readonly resumed: EventOf<"run.resumed">;
  /** The end of the attempt that was running when the last process ended, if there was one. */
  readonly cut: EventOf<"attempt.interrupted"> | undefined;
  readonly changes: readonly EventBody[];
  readonly nowMs: number;
}

/** Resumes a run under a new lease: returns the state to continue from and the events that led to it. */
export const collectResume = (state: RunState, { resumed, cut, changes, nowMs }: ResumeEvents): Collected =>
  collect(state, [resumed, ...(cut ? [cut] : []), ...changes], nowMs);

/** The attempt that was running when the run's process ended. */
export function cutAttempt(
  state: RunState,
):
  | { readonly step: number; readonly node: string; readonly attempt: number; readonly startedAt: string }
  | undefined {
  const { open } = state;
  if (open === null || open.phase.kind !== "attempting") return undefined;
  return { step: open.step, node: open.node, attempt: open.phase.attempt, startedAt: open.phase.started_at };
}
