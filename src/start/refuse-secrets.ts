import { UsageError } from "../core/failure.ts";
import type { JsonObject } from "../core/json.ts";

interface RefuseInput {
  readonly vars: JsonObject;
  readonly params: JsonObject;
  /** Other texts that the run directory shows, such as the run id. */
  readonly words: Readonly<Record<string, string>>;
  /** True when a text contains a secret. */
  readonly finds: (text: string) => boolean;
}

/** These values are stored as plain text in the run directory, so a secret among them is refused before anything is written. */
export function refuseSecrets({ vars, params, words, finds }: RefuseInput): void {
  for (const [what, word] of Object.entries(words)) {
    if (!finds(word)) continue;
    throw new UsageError(`The ${what} contains a secret of this environment.`, {
      details: ["Names and lines of the run directory would show it: choose another one."],
    });
  }
  for (const [kind, values] of [
    ["var", vars],
    ["param", params],
  ] as const) {
    for (const [name, value] of Object.entries(values)) {
      if (!finds(typeof value === "string" ? value : JSON.stringify(value))) continue;
      throw new UsageError(`The ${kind} ${name} contains a secret of this environment.`, {
        details: [
          "Pass it in the environment instead: scripts and agents inherit it, and it stays out of the run directory.",
        ],
      });
    }
  }
}
