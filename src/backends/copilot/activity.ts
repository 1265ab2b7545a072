import type { AgentActivity } from "../../core/ports.ts";
import { failed, said, toolEnded, toolStarted } from "../activity-parts.ts";
import { at, parseJsonLine, textAt } from "../json-path.ts";

/** The agent's activity in one line of `copilot --output-format json`. */
export function copilotActivity(line: string): readonly AgentActivity[] {
  const event = parseJsonLine(line);
  const data = at(event, "data");
  const id = textAt(data, "toolCallId");
  switch (textAt(event, "type")) {
    case "tool.execution_start":
      return toolStarted(id, textAt(data, "toolName"), at(data, "arguments"));
    case "tool.execution_complete":
      return toolEnded(id, textAt(data, "result", "content")?.replace(SHELL_NOTE, ""));
    case "assistant.message":
      return textAt(event, "agentId") === undefined ? said(textAt(data, "content")) : [];
    case "session.error":
      return failed(textAt(data, "message"));
    default:
      return [];
  }
}

/** The note that copilot appends to a command's output for its model. */
const SHELL_NOTE = /\n?<shellId: [^\n]*>$/u;
