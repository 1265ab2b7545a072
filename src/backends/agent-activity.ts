import { isJsonObject } from "../core/json.ts";
import type { AgentActivity } from "../core/ports.ts";
import { at, listAt, numberAt, parseJsonLine, textAt } from "./json-path.ts";

/** Which tool calls begin and end with a line of `claude --output-format stream-json`, and what a message has used. */
export function claudeActivity(line: string): readonly AgentActivity[] {
  const event = parseJsonLine(line);
  const type = textAt(event, "type");
  const calls = listAt(event, "message", "content").flatMap((part) => {
    const opened = type === "assistant" && textAt(part, "type") === "tool_use";
    if (opened) return started(textAt(part, "id"), textAt(part, "name"), at(part, "input"));
    return type === "user" ? ended(textAt(part, "tool_use_id")) : [];
  });
  return type === "assistant" ? [...calls, ...claudeTokens(at(event, "message"))] : calls;
}

/** A message comes in several lines, each with the whole count as it was when the message began. */
function claudeTokens(message: unknown): readonly AgentActivity[] {
  const id = textAt(message, "id");
  const counts = CLAUDE_COUNTS.map((name) => numberAt(message, "usage", name) ?? 0);
  const tokens = counts.reduce((sum, count) => sum + count, 0);
  return id === undefined || tokens === 0 ? [] : [{ kind: "tokens_used", id, tokens }];
}

const CLAUDE_COUNTS = [
  "input_tokens",
  "output_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
] as const;

/** The same for `codex exec --json`, where every item that takes time is a tool call but the model's own words. */
export function codexActivity(line: string): readonly AgentActivity[] {
  const event = parseJsonLine(line);
  const item = at(event, "item");
  const id = textAt(item, "id");
  if (textAt(event, "type") === "item.completed") return ended(id);
  const type = textAt(item, "type") ?? "";
  const isTool = CODEX_TOOLS.has(type);
  if (textAt(event, "type") !== "item.started" || !isTool) return [];
  const files = listAt(item, "changes").flatMap((change) => textAt(change, "path") ?? []);
  const shown = {
    command: at(item, "command"),
    path: files.join(" ") || undefined,
    query: at(item, "query"),
  };
  const argument = at(item, "arguments") ?? shown;
  return started(id, textAt(item, "tool") ?? type, argument);
}

/** The same for `copilot --output-format json`. */
export function copilotActivity(line: string): readonly AgentActivity[] {
  const event = parseJsonLine(line);
  const id = textAt(event, "data", "toolCallId");
  switch (textAt(event, "type")) {
    case "tool.execution_start":
      return started(id, textAt(event, "data", "toolName"), at(event, "data", "arguments"));
    case "tool.execution_complete":
      return ended(id);
    default:
      return [];
  }
}

const CODEX_TOOLS = new Set(["command_execution", "file_change", "mcp_tool_call", "web_search"]);

/** The arguments that say most about a call, the best first. */
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

function started(id: string | undefined, name: string | undefined, input: unknown): readonly AgentActivity[] {
  if (id === undefined || name === undefined) return [];
  return [{ kind: "tool_started", id, name, argument: shortArgument(input) }];
}

const ended = (id: string | undefined): readonly AgentActivity[] =>
  id === undefined ? [] : [{ kind: "tool_ended", id }];

function shortArgument(input: unknown): string {
  const telling = TELLING_ARGUMENTS.map((name) => textAt(input, name)).find((text) => text !== undefined);
  const first = isJsonObject(input)
    ? Object.values(input).find((value) => typeof value === "string")
    : undefined;
  return (telling ?? first ?? "").slice(0, MAX_ARGUMENT_CHARACTERS);
}
