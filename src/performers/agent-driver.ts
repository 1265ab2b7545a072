import type { Backend } from "../backends/backend.ts";
import type { ReplayAnswers } from "../backends/replay/answers.ts";
import type { BackendTraits } from "../engine/settings.ts";

/** What answers the agent nodes: a CLI, or answers from a file or an earlier run. */
export type AgentDriver =
  | { readonly kind: "cli"; readonly backend: Backend }
  | { readonly kind: "replay"; readonly answers: ReplayAnswers };

/** What the driver can do. Replayed answers have no session, no compaction and no cap to probe. */
export function backendTraits(driver: AgentDriver): BackendTraits {
  if (driver.kind === "replay") return { canCompact: false, canChooseSessionId: true, canProbe: false };
  const { compact, chooseSessionId } = driver.backend.capabilities;
  return { canCompact: compact, canChooseSessionId: chooseSessionId, canProbe: true };
}
