import type { Graph } from "../graph/graph.ts";
import type { Policy } from "../recovery/policy.ts";

/** What the engine's decisions depend on besides the state. Fixed for one process. */
export interface EngineSettings {
  readonly graph: Graph;
  readonly policy: Policy;
  readonly backend: BackendTraits;
  /** SHA-256 of a text. Session ids and the jitter of a backoff are derived from it. */
  readonly digest: (text: string) => Uint8Array;
}

/** The abilities of a CLI that the engine's decisions depend on. */
export interface BackendTraits {
  /** Sessions can be compacted in place. */
  readonly canCompact: boolean;
  /** Longhaul chooses the id of a new session. */
  readonly canChooseSessionId: boolean;
  /** A one-word turn shows whether a cap is lifted. */
  readonly canProbe: boolean;
}
