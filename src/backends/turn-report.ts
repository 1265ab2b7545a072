import type { Json } from "../core/json.ts";
import type { ProcessEnd } from "../core/process-end.ts";
import type { Usage } from "../core/usage.ts";

/** What a CLI said about a turn, flattened on names that the failure table matches; absent is not null. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** All that is known about a turn once its process is gone; the input of `classify` and of the answer's extraction. */
export interface TurnReport {
  readonly cli: string;
  readonly end: ProcessEnd;
  readonly facts: Facts;
  /** Everything the model said at top level, in order, pieces separated by an empty line. */
  readonly text: string;
  /** The CLI's own structured answer, where it has one. */
  readonly structured: Json | undefined;
  readonly sessionId: string | null;
  readonly usage: Usage | undefined;
  /** The model that served the turn, and the one the CLI had resolved the request to. */
  readonly model: string | undefined;
  readonly expectedModel: string | undefined;
  /** The model said or did something: more than a banner. */
  readonly sawModelEvent: boolean;
  readonly sawFinalEvent: boolean;
  readonly stderrTail: string;
  readonly endedAtMs: number;
}
