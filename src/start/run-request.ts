import type { JsonObject } from "../core/json.ts";
import type { Limits } from "../core/limits.ts";
import type { RunsPlace } from "../runs/find-run.ts";

/** Which run a person means. */
export interface RunSelection extends RunsPlace {
  readonly runId: string | undefined;
  readonly resume:
    | { readonly kind: "none" }
    | { readonly kind: "latest" }
    | { readonly kind: "run"; readonly run: string };
}

/** A start as a person asks for it: made once by the command line, and read by all that leads to the open run. */
export interface RunRequest extends RunSelection {
  readonly workspace: string | undefined;
  /** Undefined means the stored ones. */
  readonly params: JsonObject | undefined;
  /** `--cli`; undefined leaves it to AGENT_CLI and the run. */
  readonly cli: string | undefined;
  /** AGENT_MODEL; undefined means the stored one. */
  readonly model: string | undefined;
  /** Where replayed answers come from. */
  readonly replay: string | undefined;
  readonly fresh: boolean;
  readonly repair: boolean;
  readonly noWait: boolean;
  readonly move: Move;
  /** From --limit; empty when not given. */
  readonly limits: Limits;
  /** `LONGHAUL_START_ID`: a container that comes back has the same one. */
  readonly startId: string | null;
}

/** What a person asks of a run that exists: to go on, or to move its cursor first. */
export type Move =
  | { readonly kind: "none" }
  | { readonly kind: "at" | "from" | "redo"; readonly node: string };
