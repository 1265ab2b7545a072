import type { AgentActivity } from "../../core/ports.ts";
import { tokensOf } from "../../core/usage.ts";
import { failed, said, toolEnded, toolStarted } from "../activity-parts.ts";
import { messageUsage } from "./usage.ts";
import { at, listAt, parseJsonLine, textAt } from "../json-path.ts";

/** The agent's activity in one line of `claude --output-format stream-json`. */
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

/** A subagent's words go to its parent, whose own words report the result. */
function spokenPart(part: unknown, parent: string | undefined): readonly AgentActivity[] {
  if (textAt(part, "type") === "tool_use")
    return toolStarted(textAt(part, "id"), textAt(part, "name"), at(part, "input"));
  return parent === undefined ? said(textAt(part, "text")) : [];
}

function tokens(message: unknown): readonly AgentActivity[] {
  const told = messageUsage(message);
  if (told === undefined || tokensOf(told.usage) === 0) return [];
  return [{ kind: "tokens_used", id: told.id, tokens: tokensOf(told.usage) }];
}
