import type { AgentActivity } from "../core/ports.ts";
import { failed, said, toolEnded, toolStarted } from "./activity-parts.ts";
import { at, listAt, numberAt, parseJsonLine, textAt } from "./json-path.ts";

/** What the agent does with one line of `claude --output-format stream-json`. */
export function claudeActivity(line: string): readonly AgentActivity[] {
  const event = parseJsonLine(line);
  const content = listAt(event, "message", "content");
  switch (textAt(event, "type")) {
    case "assistant":
      if (textAt(event, "message", "model") === SYNTHETIC_MODEL) return []; // the CLI's own words, which `result` repeats
      return [
        ...content.flatMap((part) => spokenPart(part, textAt(event, "parent_tool_use_id"))),
        ...tokens(at(event, "message")),
      ];
    case "user":
      return content.flatMap((part) => toolEnded(textAt(part, "tool_use_id"), at(part, "content")));
    case "result":
      return at(event, "is_error") === true ? failed(textAt(event, "result")) : [];
    default:
      return [];
  }
}

const SYNTHETIC_MODEL = "<synthetic>";

/** A sub-agent's words go to its parent, which says what came of them. */
function spokenPart(part: unknown, parent: string | undefined): readonly AgentActivity[] {
  if (textAt(part, "type") === "tool_use")
    return toolStarted(textAt(part, "id"), textAt(part, "name"), at(part, "input"));
  return parent === undefined ? said(textAt(part, "text")) : [];
}

/** A message comes in several lines, each with the whole count as it was when the message began. */
function tokens(message: unknown): readonly AgentActivity[] {
  const id = textAt(message, "id");
  const used = COUNTS.reduce((sum, name) => sum + (numberAt(message, "usage", name) ?? 0), 0);
  return id === undefined || used === 0 ? [] : [{ kind: "tokens_used", id, tokens: used }];
}

const COUNTS = [
  "input_tokens",
  "output_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
] as const;
