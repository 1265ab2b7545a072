import type { AgentActivity } from "../../core/ports.ts";
import { failed, said, toolEnded, toolStarted } from "../activity-parts.ts";
import { at, listAt, parseJsonLine, textAt } from "../json-path.ts";

/** The agent's activity in one line of `codex exec --json`. Every item that takes time is a tool call. */
export function codexActivity(line: string): readonly AgentActivity[] {
  const event = parseJsonLine(line);
  const item = at(event, "item");
  switch (textAt(event, "type")) {
    case "item.started":
      return callStarted(item);
    case "item.completed":
      return textAt(item, "type") === "agent_message"
        ? said(textAt(item, "text"))
        : toolEnded(textAt(item, "id"), at(item, "aggregated_output"));
    case "turn.failed":
      return failed(textAt(event, "error", "message"));
    default:
      return [];
  }
}

function callStarted(item: unknown): readonly AgentActivity[] {
  const tool = TOOLS.get(textAt(item, "type") ?? "");
  if (tool === undefined) return [];
  const files = listAt(item, "changes").flatMap((change) => textAt(change, "path") ?? []);
  const shown = {
    command: withoutShell(textAt(item, "command")),
    path: files.join(" ") || undefined,
    query: at(item, "query"),
  };
  return toolStarted(textAt(item, "id"), textAt(item, "tool") ?? tool, at(item, "arguments") ?? shown);
}

/** Items that are tool calls, and their names for display. */
const TOOLS: ReadonlyMap<string, string> = new Map([
  ["command_execution", "shell"],
  ["file_change", "edit"],
  ["mcp_tool_call", "mcp"],
  ["web_search", "search"],
]);

/** codex shows each command wrapped in its shell: `/bin/bash -lc 'npm test'`. */
function withoutShell(command: string | undefined): string | undefined {
  const [, quoted] = /^\S*sh -l?c (.+)$/su.exec(command ?? "") ?? [];
  if (quoted === undefined) return command;
  const [, single, double] = /^(?:'([^']*)'|"([^"]*)")$/su.exec(quoted) ?? [];
  return single ?? double ?? quoted;
}
