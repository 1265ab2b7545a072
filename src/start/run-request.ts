import type { JsonObject } from "../core/json.ts";
import type { Limits } from "../core/limits.ts";
import type { RunsPlace } from "../runs/find-run.ts";

/** The run that the user means. */
export interface RunSelection extends RunsPlace {
  readonly runId: string | undefined;
  readonly resume:
    | { readonly kind: "none" }
    | { readonly kind: "latest" }
    | { readonly kind: "run"; readonly run: string };
}

/** A start as the user requested it. The command line creates it; everything that opens the run reads it. */
export interface RunRequest extends RunSelection {
  readonly workspace: string | undefined;
  /** Undefined: use the stored ones. */
  readonly params: JsonObject | undefined;
  /** `--cli`; undefined leaves it to AGENT_CLI and the run. */
  readonly cli: string | undefined;
  /** AGENT_MODEL; undefined: use the stored one. */
  readonly model: string | undefined;
  /** `--replay`: the source of replayed answers. */
  readonly replay: string | undefined;
  readonly fresh: boolean;
  readonly repair: boolean;
  readonly noWait: boolean;
  readonly move: Move;
  /** From --limit; empty when not given. */
  readonly limits: Limits;
  /** `LONGHAUL_START_ID`. A restarted container has the same id. */
  readonly startId: string | null;
}

/** Whether an existing run just continues, or moves its cursor first. */
export type Move =
  | { readonly kind: "none" }
  | { readonly kind: "at" | "from" | "redo"; readonly node: string };
