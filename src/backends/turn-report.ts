import type { Json } from "../core/json.ts";
import type { ProcessEnd } from "../core/process-end.ts";
import type { Usage } from "../core/usage.ts";

/** A CLI's facts about a turn, flattened to the names that the failure table matches. Absent and null differ. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** All facts about a turn whose process is gone: the input of `classify` and of the extraction of the answer. */
export interface TurnReport {
  readonly cli: string;
  readonly end: ProcessEnd;
  readonly facts: Facts;
  /** All texts of the model at top level, in order, separated by an empty line. */
  readonly text: string;
  /** The CLI's own structured answer, if it has one. */
  readonly structured: Json | undefined;
  readonly sessionId: string | null;
  readonly usage: Usage | undefined;
  /** The model that served the turn, and the one to which the CLI had resolved the request. */
  readonly model: string | undefined;
  readonly expectedModel: string | undefined;
  /** The model said or did something: more than a banner. */
  readonly sawModelEvent: boolean;
  readonly sawFinalEvent: boolean;
  readonly stderrTail: string;
  readonly endedAtMs: number;
}
