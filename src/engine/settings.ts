import type { Graph } from "../graph/graph.ts";
import type { AgentDriver } from "../performers/table.ts";
import type { Policy } from "../recovery/policy.ts";

/** What the engine decides with besides the state: fixed for one process. */
export interface EngineSettings {
  readonly graph: Graph;
  readonly policy: Policy;
  readonly backend: BackendTraits;
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

/** What the chosen driver can do; replayed answers have no session, no compaction and no cap to probe. */
export function backendTraits(driver: AgentDriver): BackendTraits {
  if (driver.kind === "replay") return { canCompact: false, canChooseSessionId: true, canProbe: false };
  const { compact, chooseSessionId } = driver.backend.capabilities;
  return { canCompact: compact, canChooseSessionId: chooseSessionId, canProbe: true };
}
