import type { Failure } from "../core/failure.ts";
import type { NextAttempt, NextTurn, WaitFor } from "../core/vocabulary.ts";

/** What to do after a failure. Only `decide` in recovery/ makes decisions. */
export type Decision =
  | { readonly kind: "turn"; readonly turn: NextTurn }
  | {
      readonly kind: "wait";
      readonly for: WaitFor;
      readonly untilMs: number;
      readonly plannedMs: number;
      readonly why: string;
      readonly next: NextAttempt;
    }
  | { readonly kind: "rerun-script" }
  /** The ladder is used up without a usable answer: the node's on_exhausted decides. */
  | { readonly kind: "exhausted"; readonly failure: Failure }
  | {
      readonly kind: "stop";
      readonly exitCode: 3 | 6;
      readonly why: string;
      readonly failure: Failure;
    };
