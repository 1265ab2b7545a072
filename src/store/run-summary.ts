import type { JsonObject } from "../core/json.ts";
import { limitsInForce } from "../core/limits.ts";
import type { RunState } from "../core/run-state.ts";

export type RunStatusWord = "running" | "waiting" | "interrupted" | "stopped" | "finished";

/** The content of `run.json`: the facts about a run that a person or another command needs at a glance. */
export interface RunSummary {
  readonly format: 1;
  readonly uuid: string;
  readonly workflow: { readonly name: string; readonly path: string; readonly hash: string };
  readonly run_id: string;
  readonly status: RunStatusWord;
  /** Null until the run ends in a way that the same command would not resume by itself. */
  readonly exit_code: number | null;
  readonly stopped_by: string | null;
  readonly cli: string;
  readonly model: string | null;
  readonly started_at: string;
  readonly ended_at: string | null;
  /** The terminal or fail node that was reached. */
  readonly terminal: string | null;
  readonly current_step: CurrentStep | null;
  readonly waiting: { readonly for: string; readonly until: string; readonly why: string } | null;
  readonly resumes: number;
  readonly totals: {
    readonly steps: number;
    readonly attempts: number;
    /** Null when no CLI reported the count; null is not zero. */
    readonly tokens: Readonly<Record<string, number | null>>;
    readonly cost_usd: number | null;
    /** Turns whose cost is unknown and not in `cost_usd`. */
    readonly unpriced_turns: number;
    readonly waited_s: number;
  };
  /** The limits in force; null means unlimited. */
  readonly limits: {
    readonly cost_usd: number | null;
    readonly tokens: number | null;
    readonly wall_clock_s: number | null;
    readonly steps: number | null;
  };
  readonly defaulted: RunState["defaulted"];
  readonly versions: Readonly<Record<string, string>>;
  readonly params: JsonObject;
  readonly run_dir: string;
  readonly workspace: string;
  readonly updated_at: string;
}

interface CurrentStep {
  readonly step: number;
  readonly node: string;
  readonly visit: number;
  readonly attempt: number;
}

export function runSummary(state: RunState): RunSummary {
  const { status, open, totals } = state;
  const exitCode = exitCodeOf(state);
  const wait = open?.phase.kind === "waiting" ? open.phase.wait : null;
  return {
    format: 1,
    uuid: state.uuid,
    workflow: { name: state.name, path: state.workflow.path, hash: state.workflow.hash },
    run_id: state.run_id,
    status: status.kind === "running" && wait !== null ? "waiting" : status.kind,
    exit_code: exitCode,
    stopped_by: status.kind === "interrupted" || status.kind === "stopped" ? status.why : null,
    cli: state.cli,
    model: state.model,
    started_at: state.started_at,
    ended_at: exitCode === null ? null : state.updated_at,
    terminal: status.kind === "finished" ? status.node : null,
    current_step:
      open === null ? null : { step: open.step, node: open.node, visit: open.visit, attempt: open.attempts },
    waiting: wait === null ? null : { for: wait.for, until: wait.until, why: wait.why },
    resumes: totals.resumes,
    totals: summaryTotals(totals),
    limits: summaryLimits(state),
    defaulted: state.defaulted,
    versions: state.versions,
    params: state.params,
    run_dir: state.run_dir,
    workspace: state.workspace,
    updated_at: state.updated_at,
  };
}

/** An interrupted run has none, because it resumes when its container comes back. */
export function exitCodeOf({ status }: RunState): number | null {
  return status.kind === "finished" || status.kind === "stopped" ? status.exit_code : null;
}

function summaryLimits(state: RunState): RunSummary["limits"] {
  const { cost_usd, tokens, wall_clock_ms, steps } = limitsInForce(state.limits);
  return {
    cost_usd: cost_usd ?? null,
    tokens: tokens ?? null,
    wall_clock_s: wall_clock_ms === undefined ? null : wall_clock_ms / 1000,
    steps: steps ?? null,
  };
}

function summaryTotals({ steps, attempts, usage, waited_ms }: RunState["totals"]): RunSummary["totals"] {
  return {
    steps,
    attempts,
    tokens: {
      input: usage.input_tokens ?? null,
      output: usage.output_tokens ?? null,
      cache_read: usage.cache_read_tokens ?? null,
      cache_write: usage.cache_write_tokens ?? null,
      reasoning: usage.reasoning_tokens ?? null,
    },
    cost_usd: usage.cost_usd ?? null,
    unpriced_turns: usage.unpriced_turns ?? 0,
    waited_s: Math.round(waited_ms / 1000),
  };
}
