import type { Failure } from "../../core/failure.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Source } from "../../core/vocabulary.ts";

/** Which answer is wanted; `attempt` counts from 1 and leaves interrupted attempts out. */
export interface ReplayQuestion {
  readonly node: string;
  readonly visit: number;
  readonly attempt: number;
}

export type ReplayAnswer = (
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "output"; readonly output: JsonObject }
  /** From an earlier run: what it had, with the source that each key had there. */
  | {
      readonly kind: "recorded";
      readonly output: JsonObject;
      readonly sources: Readonly<Record<string, Source>>;
    }
  | { readonly kind: "failure"; readonly failure: Failure; readonly resetsInMs: number | undefined }
) & { readonly delayMs: number };

/** Where a run without an agent has its answers from. */
export interface ReplayAnswers {
  /** File or run directory, for messages. */
  readonly origin: string;
  /** Undefined when nothing is written for the question. */
  answerTo(question: ReplayQuestion): ReplayAnswer | undefined;
}

/** For a workflow that asks no agent anything. */
export const NO_ANSWERS: ReplayAnswers = { origin: "nothing", answerTo: () => undefined };
