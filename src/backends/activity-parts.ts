import { isJsonObject } from "../core/json.ts";
import type { AgentActivity } from "../core/ports.ts";
import { listAt, textAt } from "./json-path.ts";

/** The parts into which the streams of the three CLIs are split; a part is empty where a stream lacks it. */
type Activities = readonly AgentActivity[];

export const said = (text: string | undefined): Activities =>
  text === undefined || text.trim() === "" ? [] : [{ kind: "said", text }];

export const failed = (text: string | undefined): Activities =>
  text === undefined || text.trim() === "" ? [] : [{ kind: "failed", text }];

export function toolStarted(id: string | undefined, name: string | undefined, input: unknown): Activities {
  if (id === undefined || name === undefined) return [];
  return [{ kind: "tool_started", id, name, argument: shortArgument(input) }];
}

export function toolEnded(id: string | undefined, output: unknown): Activities {
  if (id === undefined) return [];
  return [{ kind: "tool_ended", id, output: outputText(output) }];
}

/** The arguments that describe a call best, the best first. */
const TELLING_ARGUMENTS = [
  "command",
  "file_path",
  "path",
  "pattern",
  "query",
  "url",
  "description",
  "prompt",
] as const;
const MAX_ARGUMENT_CHARACTERS = 200;

function shortArgument(input: unknown): string {
  const telling = TELLING_ARGUMENTS.map((name) => textAt(input, name)).find((text) => text !== undefined);
  const first = isJsonObject(input)
    ? Object.values(input).find((value) => typeof value === "string")
    : undefined;
  return (telling ?? first ?? "").slice(0, MAX_ARGUMENT_CHARACTERS);
}

/** A text, or a list of parts with texts. */
function outputText(output: unknown): string {
  if (typeof output === "string") return output;
  return listAt({ output }, "output")
    .flatMap((part) => textAt(part, "text") ?? [])
    .join("\n");
}
