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

/** Whose run a start means, and what it asks of it. */
export interface ExpectedRun extends Pick<
  LocatedRun,
  "name" | "runId" | "runDir" | "workflowPath" | "mayMove"
> {
  /** Undefined means the stored ones. */
  readonly params: JsonObject | undefined;
  /** What --cli or AGENT_CLI ask for; undefined means the stored one. */
  readonly cli: string | undefined;
}

/**
 * Refuses to go on with a run that is not the one asked for.
 * @throws UsageError naming both sides and the ways out.
 */
export function checkIdentity(state: RunState, expected: ExpectedRun): void {
  const { runDir, name, runId, workflowPath, mayMove, params, cli } = expected;
  const isElsewhere = !mayMove && state.workflow.path !== workflowPath;
  if (state.name !== name || state.run_id !== runId || isElsewhere) {
    throw new UsageError(`The run directory ${runDir} belongs to another workflow.`, {
      details: [
        `It holds:  ${state.name} (run id ${state.run_id}) from ${state.workflow.path}`,
        `Asked for: ${name} (run id ${runId}) from ${workflowPath}`,
        "Choose another --run-id or --runs-dir, or --fresh to archive what is there.",
        `If it is the same workflow, only moved: --resume-run ${quoteForShell(runDir)} goes on with it.`,
      ],
    });
  }
  if (params !== undefined && !isDeepStrictEqual(params, state.params)) {
    throw new UsageError(`The run ${state.name}-${state.run_id} was started with other params.`, {
      details: [
        `Stored: ${JSON.stringify(state.params)}`,
        `Given:  ${JSON.stringify(params)}`,
        "Leave --params out to go on with the stored ones, start another run with --run-id, or start over with --fresh.",
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

/** The event that moves the cursor as a person asked. `before` is the state just before the newest visit of the node. */
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

/** A redone step comes back to where the run stands; redoing that very step, or a step of a finished run, has its own next. */
export function whereNext(state: RunState, node: string): { return_to?: string } {
  if (state.status.kind === "finished") return { return_to: state.status.node };
  return state.cursor === node ? {} : { return_to: state.cursor };
}

export const neverVisited = ({ kind, node }: Exclude<Move, { kind: "none" }>): UsageError =>
  new UsageError(`--${kind} ${node}: this run has done no step of ${node} yet.`, {
    details: ["--at NODE moves the cursor without going back; --plan shows what has been done."],
  });

/** @throws UsageError where a run would start: there is no cursor yet. */
export function refuseMove(move: Move, runDir: string): void {
  if (move.kind === "none") return;
  throw new UsageError(`--${move.kind} ${move.node}: there is no run in ${runDir} yet.`, {
    details: [`Leave --${move.kind} out to start one.`],
  });
}

/** The stored CLI and model stay unless another is asked for; a change is an event and opens fresh sessions. */
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

/** The limits of the workflow as it is now, under all that was ever asked for; an event when that is news. */
export function limitsChange(state: RunState, workflow: Limits, asked: Limits): readonly EventBody[] {
  const limits = { workflow, asked: { ...state.limits.asked, ...asked } };
  return isDeepStrictEqual(limits, state.limits) ? [] : [{ type: "limits.changed", limits }];
}

export interface ResumeEvents {
  readonly resumed: EventOf<"run.resumed">;
  /** What ended the attempt that was under way, if one was. */
  readonly cut: EventOf<"attempt.interrupted"> | undefined;
  readonly changes: readonly EventBody[];
  readonly nowMs: number;
}

/** Takes a run over under a new lease: the state to go on from, and the events that led there. */
export const collectResume = (state: RunState, { resumed, cut, changes, nowMs }: ResumeEvents): Collected =>
  collect(state, [resumed, ...(cut ? [cut] : []), ...changes], nowMs);

/** The attempt that nobody has seen the end of. */
export function cutAttempt(
  state: RunState,
):
  | { readonly step: number; readonly node: string; readonly attempt: number; readonly startedAt: string }
  | undefined {
  const { open } = state;
  if (open === null || open.phase.kind !== "attempting") return undefined;
  return { step: open.step, node: open.node, attempt: open.phase.attempt, startedAt: open.phase.started_at };
}
