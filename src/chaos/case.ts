import type { WrittenAnswer } from "../backends/replay/schema.ts";

/** A step of the undisturbed run that has a process or a turn, so that something can go wrong in it. */
export interface Target {
  readonly step: number;
  readonly node: string;
  readonly visit: number;
  readonly type: "agent" | "script";
  readonly durationMs: number;
  /** No other target follows. */
  readonly isLast: boolean;
}

/**
 * What the promises say about the case: `cut` and `passing` end as the undisturbed run; so does `once` while the ladder
 * has a rung left; `outage` waits with nothing invented and ends so when it is over; `lasting` is the author's to judge.
 */
export type Expectation = "cut" | "passing" | "once" | "outage" | "lasting";

/** What a chosen script does instead of its work, or around it. */
export type ScriptAct = "hold-before" | "hold-after" | "exit" | "not-now" | "hang" | "no-json";

/** What is put in the place of the chosen step's work. */
export type Injection =
  | { readonly kind: "none" }
  /** The turn takes so long that it can be cut. */
  | { readonly kind: "long-turn" }
  | { readonly kind: "answer"; readonly answer: WrittenAnswer }
  | { readonly kind: "script"; readonly act: ScriptAct };

/** When and how the runner is cut off. */
export interface Cut {
  readonly signal: "SIGKILL" | "SIGTERM";
  readonly when: "attempt" | "held" | "finished";
  readonly delayMs: number;
}

export interface Fault {
  /** For tables; says what happens in a few words. */
  readonly label: string;
  readonly expects: Expectation;
  readonly inject: Injection;
  readonly cut?: Cut;
}

export interface ChaosCase {
  /** From 1, in the order of the run; the same for the same plan. */
  readonly number: number;
  readonly target: Target;
  readonly fault: Fault;
}
