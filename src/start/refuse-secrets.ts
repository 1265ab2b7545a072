import { UsageError } from "../core/failure.ts";
import type { JsonObject } from "../core/json.ts";

interface RefuseInput {
  readonly vars: JsonObject;
  readonly params: JsonObject;
  /** Other words that name the run or stand on each of its lines, such as its id. */
  readonly words: Readonly<Record<string, string>>;
  /** Whether a text holds a secret. */
  readonly finds: (text: string) => boolean;
}

/** These values stand in plain sight in the run directory, so a secret among them is refused before anything is written. */
export function refuseSecrets({ vars, params, words, finds }: RefuseInput): void {
  for (const [what, word] of Object.entries(words)) {
    if (!finds(word)) continue;
    throw new UsageError(`The ${what} holds a secret of this environment.`, {
      details: ["It stands in names and lines of the run directory: give it another one."],
    });
  }
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
