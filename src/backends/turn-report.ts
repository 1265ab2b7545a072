import type { Json } from "../core/json.ts";
import type { Usage } from "../core/usage.ts";
import type { ClockReason } from "../process/activity-clock.ts";

/** How the process of a turn ended, as plain data. */
export type TurnEnd = (
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signalled"; readonly signal: string }
  /** The operating system refused to start it; `code` is its error code, such as ENOENT. */
  | { readonly kind: "not_started"; readonly code: string; readonly message: string }
) & {
  /** The clock or the person that made us stop it; absent when it ended by itself. */
  readonly stoppedBy?: StoppedBy;
};

export type StoppedBy = ClockReason | "abort";

/** What a CLI said about a turn, flattened on names that the failure table matches; absent is not null. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** All that is known about a turn once its process is gone; the input of `classify` and of the answer's extraction. */
export interface TurnReport {
  readonly cli: string;
  readonly end: TurnEnd;
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
