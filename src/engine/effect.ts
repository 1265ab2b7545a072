import type { EventBody } from "../core/event.ts";
import type { Session, WaitFor } from "../core/vocabulary.ts";
import type { AgentNode, Output } from "../graph/schema.ts";

/**
 * What the loop does next: the whole repertoire of the engine. `record` is what must be durable before the effect; its
 * events travel with the next intent where there is none, since a pure move can be decided again.
 */
export interface Action {
  readonly record: readonly EventBody[];
  readonly effect?: Effect;
}

/** One thing to be done outside. Plain JSON that holds all a performer needs, so that it could be done in another process. */
export type Effect = TurnEffect | CompactEffect | ScriptEffect | WaitEffect | ProbeEffect;

/** What every process of a step is started with. */
interface StepProcess {
  readonly step: number;
  readonly node: string;
  /** `<run uuid>/<step>`: marks all that the process starts, and is the step's idempotency key. */
  readonly mark: string;
  readonly runDir: string;
  readonly cwd: string;
  /** The workflow's own variables, rendered. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What every process of an agent step is started with. */
interface AgentProcess extends StepProcess {
  /** The node's own model and the run-wide one; which of them counts depends on the CLI. */
  readonly model: { readonly ofNode?: NonNullable<AgentNode["model"]>; readonly runWide?: string };
}

export interface TurnEffect extends AgentProcess {
  readonly kind: "turn";
  readonly visit: number;
  readonly attempt: number;
  /** The same without attempts that were cut off: what replayed answers are counted by. */
  readonly seenAttempt: number;
  /** How far down the ladder the ask stands: a weaker one gives its answer a weaker source. */
  readonly ask: "whole" | "corrected" | "reframed";
  readonly prompt: string;
  readonly outputs: readonly Output[];
  /** Session to continue or to open; an id is given where the CLI lets us choose it. */
  readonly session: Session & { readonly fresh: boolean };
  readonly addDirs: readonly string[];
  readonly effort?: string;
  readonly timeoutMs: number;
  /** What the run's limit on cost leaves for it. */
  readonly budgetUsd?: number;
  /** The CLI worked before in this run, so that its absence is an update of itself. */
  readonly launchedBefore: boolean;
}

export interface CompactEffect extends AgentProcess {
  readonly kind: "compact";
  readonly compaction: number;
  readonly session: Session;
}

export interface ScriptEffect extends StepProcess {
  readonly kind: "script";
  readonly attempt: number;
  /** As the workflow names it; relative to `workflowDir`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly workflowDir: string;
  readonly workspace: string;
  readonly outputs: readonly Output[];
  readonly timeoutMs: number;
  /** A first try was cut off; told to the script as LONGHAUL_RESUMED=1. */
  readonly resumed: boolean;
}

export interface WaitEffect {
  readonly kind: "wait";
  readonly step: number;
  readonly for: WaitFor;
  /** What to sleep now, at most a slice; the loop comes back for the rest. */
  readonly sliceMs: number;
  /** Sleeping this slice ends the wait. */
  readonly last: boolean;
  readonly sleptMs: number;
}

export interface ProbeEffect extends AgentProcess {
  readonly kind: "probe";
  /** Counts the probes of this wait from 1. */
  readonly probe: number;
}
