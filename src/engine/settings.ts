import type { Graph } from "../graph/graph.ts";
import type { Policy } from "../recovery/policy.ts";

/** What the engine decides with besides the state: fixed for one process. */
export interface EngineSettings {
  readonly graph: Graph;
  readonly policy: Policy;
  readonly backend: BackendTraits;
  /** SHA-256 of a text: what session ids and the jitter of a backoff are drawn from. */
  readonly digest: (text: string) => Uint8Array;
}

/** The abilities of a CLI that the engine's choices depend on. */
export interface BackendTraits {
  /** Sessions can be compacted in place. */
  readonly canCompact: boolean;
  /** We name a session before it exists. */
  readonly canChooseSessionId: boolean;
  /** A one-word turn can tell whether a cap is lifted. */
  readonly canProbe: boolean;
}
