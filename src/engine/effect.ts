import type { EventBody } from "../core/event.ts";
import type { Session, WaitFor } from "../core/vocabulary.ts";
import type { AgentNode, Output } from "../graph/schema.ts";

/**
 * What the loop does next. `record` must be durable before the effect starts. Without an effect its events are written
 * with the next intent: if they are lost, the same decision is made again.
 */
export interface Action {
  readonly record: readonly EventBody[];
  readonly effect?: Effect;
}

/** One side effect. Plain JSON with everything a performer needs, so another process could perform it. */
export type Effect = TurnEffect | CompactEffect | ScriptEffect | WaitEffect | ProbeEffect;

/** What every process of a step is started with. */
interface StepProcess {
  readonly step: number;
  readonly node: string;
  /** `<run uuid>/<step>`: marks the process and its descendants, and is the step's idempotency key. */
  readonly mark: string;
  readonly runDir: string;
  readonly cwd: string;
  /** The workflow's own variables, rendered. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What every process of an agent step is started with. */
interface AgentProcess extends StepProcess {
  /** The node's own model and the run-wide one. The backend decides which one applies. */
  readonly model: { readonly ofNode?: NonNullable<AgentNode["model"]>; readonly runWide?: string };
}

export interface TurnEffect extends AgentProcess {
  readonly kind: "turn";
  readonly visit: number;
  readonly attempt: number;
  /** The attempt's number without those that were cut off. Replay finds its answer by this number. */
  readonly seenAttempt: number;
  /** How far down the ladder the ask is. It determines the source of the answer. */
  readonly ask: "whole" | "corrected" | "reframed";
  readonly prompt: string;
  readonly outputs: readonly Output[];
  /** The session to continue or to open. A new one has an id if the CLI lets Longhaul choose it. */
  readonly session: Session & { readonly fresh: boolean };
  readonly addDirs: readonly string[];
  readonly effort?: string;
  readonly timeoutMs: number;
  /** What is left of the run's cost limit. */
  readonly budgetUsd?: number;
  /** The CLI worked before in this run, so a missing CLI means that it is just being updated. */
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
  /** As in the workflow; relative to `workflowDir`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly workflowDir: string;
  readonly workspace: string;
  readonly outputs: readonly Output[];
  readonly timeoutMs: number;
  /** An attempt was cut off. The script gets LONGHAUL_RESUMED=1. */
  readonly resumed: boolean;
}

export interface WaitEffect {
  readonly kind: "wait";
  readonly step: number;
  readonly for: WaitFor;
  /** How long to sleep now, at most one slice. The loop plans the rest afterwards. */
  readonly sliceMs: number;
  /** The wait ends after this slice. */
  readonly last: boolean;
  readonly sleptMs: number;
}

export interface ProbeEffect extends AgentProcess {
  readonly kind: "probe";
  /** The probe's number within this wait, from 1. */
  readonly probe: number;
}
