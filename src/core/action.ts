import type { EventBody } from "./event.ts";
import type { Failure } from "./failure.ts";
import type { NextTurn, Session, WaitFor } from "./vocabulary.ts";

/**
 * What the loop does next: the whole repertoire of the engine. `record` is what must be durable
 * before the action's side effect; performing it yields the events of its result.
 */
export type Action =
  /** Pure moves: nothing happens outside, so their events travel with the next intent. */
  | { readonly kind: "start-step"; readonly record: readonly EventBody[] }
  | { readonly kind: "finish-step"; readonly record: readonly EventBody[] }
  | { readonly kind: "start-wait"; readonly record: readonly EventBody[] }
  | TurnAction
  | CompactAction
  | ScriptAction
  | BranchAction
  | WaitAction
  | ProbeAction
  /** The end of this process' work on the run. */
  | { readonly kind: "finish"; readonly record: readonly EventBody[] };

export interface TurnAction {
  readonly kind: "turn";
  readonly record: readonly EventBody[];
  readonly step: number;
  readonly node: string;
  readonly visit: number;
  readonly attempt: number;
  readonly turn: NextTurn;
  readonly prompt: string;
  /** Session to continue or to open; an id is given where the CLI lets us choose it. */
  readonly session: Session & { readonly fresh: boolean };
  readonly cwd: string;
  readonly addDirs: readonly string[];
  readonly timeoutMs: number;
  /** What the run's limit on cost leaves for it. */
  readonly budgetUsd?: number;
}

export interface CompactAction {
  readonly kind: "compact";
  readonly record: readonly EventBody[];
  readonly step: number;
  readonly node: string;
  readonly compaction: number;
  readonly session: Session;
  readonly cwd: string;
}

export interface ScriptAction {
  readonly kind: "script";
  readonly record: readonly EventBody[];
  readonly step: number;
  readonly node: string;
  readonly attempt: number;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly timeoutMs: number;
  /** A first try was cut off; told to the script as LONGHAUL_RESUMED=1. */
  readonly resumed: boolean;
}

export interface BranchAction {
  readonly kind: "branch";
  readonly record: readonly EventBody[];
  readonly step: number;
  readonly node: string;
}

export interface WaitAction {
  readonly kind: "wait";
  readonly record: readonly EventBody[];
  readonly step: number;
  readonly for: WaitFor;
  /** What to sleep now, at most a slice; the loop comes back for the rest. */
  readonly sliceMs: number;
  /** Sleeping this slice ends the wait. */
  readonly last: boolean;
  readonly sleptMs: number;
}

export interface ProbeAction {
  readonly kind: "probe";
  readonly record: readonly EventBody[];
  readonly step: number;
  readonly node: string;
  /** Counts the probes of this wait from 1. */
  readonly probe: number;
  readonly cwd: string;
}

/** What the ladder decides after a failure; `decide` in recovery/ is the only place that makes one. */
export type Decision =
  | { readonly kind: "turn"; readonly turn: NextTurn }
  | {
      readonly kind: "wait";
      readonly for: WaitFor;
      readonly untilMs: number;
      readonly plannedMs: number;
      readonly why: string;
      readonly next: NextTurn | { readonly mode: "script" };
    }
  | { readonly kind: "rerun-script" }
  /** No usable answer can be had: the author's on_exhausted decides. */
  | { readonly kind: "exhausted"; readonly failure: Failure }
  | {
      readonly kind: "stop";
      readonly exitCode: 3 | 6;
      readonly why: string;
      readonly failure: Failure;
    };
