import type { WrittenAnswer } from "../backends/replay/schema.ts";

/** An agent or script step of the undisturbed run: only these run something that can fail. */
export interface Target {
  readonly step: number;
  readonly node: string;
  readonly visit: number;
  readonly type: "agent" | "script";
  readonly durationMs: number;
  /** True when this is the last target of the run. */
  readonly isLast: boolean;
}

/**
 * What Longhaul promises for the case. `cut` and `passing` end like the undisturbed run. `once` does too, unless the
 * ladder is exhausted. `outage` waits, invents nothing, and ends like the undisturbed run once the outage is over.
 * `lasting` promises no particular end: the workflow's author judges it.
 */
export type Expectation = "cut" | "passing" | "once" | "outage" | "lasting";

/** What the disturbed script does instead of its work, or before or after it. */
export type ScriptAct = "pause-before" | "pause-after" | "exit" | "not-now" | "hang" | "no-json";

/** What replaces the work of the disturbed step. */
export type Injection =
  | { readonly kind: "none" }
  /** Makes the turn long enough to be cut. */
  | { readonly kind: "long-turn" }
  | { readonly kind: "answer"; readonly answer: WrittenAnswer }
  | { readonly kind: "script"; readonly act: ScriptAct };

/** When and how the runner is killed or stopped. */
export interface Cut {
  readonly signal: "SIGKILL" | "SIGTERM";
  readonly when: "attempt" | "paused" | "finished";
  readonly delayMs: number;
}

export interface Fault {
  /** For display: what happens, in a few words. */
  readonly label: string;
  readonly expects: Expectation;
  readonly inject: Injection;
  readonly cut?: Cut;
}

export interface ChaosCase {
  /** From 1, in the order of the run. The same plan gives the same numbers. */
  readonly number: number;
  readonly target: Target;
  readonly fault: Fault;
}
