import { UsageError } from "../core/failure.ts";
import type { JsonObject } from "../core/json.ts";

interface RefuseInput {
  readonly vars: JsonObject;
  readonly params: JsonObject;
  /** Whether a text holds a secret. */
  readonly finds: (text: string) => boolean;
}

/** Context values stand in plain sight in the run directory, so a secret among them is refused before anything is written. */
export function refuseSecrets({ vars, params, finds }: RefuseInput): void {
  for (const [kind, values] of [
    ["var", vars],
    ["param", params],
  ] as const) {
    for (const [name, value] of Object.entries(values)) {
      if (!finds(typeof value === "string" ? value : JSON.stringify(value))) continue;
      throw new UsageError(`The ${kind} ${name} holds a secret of this environment.`, {
        details: [
          "Pass it by environment instead: scripts and agents inherit it, and it stays out of the run directory.",
        ],
      });
    }
  }
}
