import type { CliName } from "./backend.ts";

export interface ModelChoice {
  readonly cli: CliName;
  /** The node's own `model`: one name, or one per backend. */
  readonly node: string | { readonly [cli in CliName]?: string | undefined } | undefined;
  /** AGENT_MODEL, the run-wide default. */
  readonly runWide: string | undefined;
}

/** The requested model: the node's own, else the run's, else undefined for the backend's default. */
export function chooseModel({ cli, node, runWide }: ModelChoice): string | undefined {
  const own = typeof node === "string" ? node : node?.[cli];
  const run = runWide === "" ? undefined : runWide;
  return own ?? run;
}
