import type { Failure } from "../../core/failure.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Source } from "../../core/vocabulary.ts";

/** The requested answer; `attempt` counts from 1 and skips interrupted attempts. */
export interface ReplayQuestion {
  readonly node: string;
  readonly visit: number;
  readonly attempt: number;
}

export type ReplayAnswer = (
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "output"; readonly output: JsonObject }
  /** From an earlier run: the outputs, with the source that each key had. */
  | {
      readonly kind: "recorded";
      readonly output: JsonObject;
      readonly sources: Readonly<Record<string, Source>>;
    }
  | { readonly kind: "failure"; readonly failure: Failure; readonly resetsInMs: number | undefined }
) & { readonly delayMs: number };

/** Where a run without an agent gets its answers. */
export interface ReplayAnswers {
  /** File or run directory, for messages. */
  readonly origin: string;
  /** Undefined when no answer exists. */
  answerTo(question: ReplayQuestion): ReplayAnswer | undefined;
}

/** For a workflow without agent nodes. */
export const NO_ANSWERS: ReplayAnswers = { origin: "nothing", answerTo: () => undefined };
