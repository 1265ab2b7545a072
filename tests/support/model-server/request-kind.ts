/** Tells the requests a script answers from those a CLI makes on the side, and answers the latter. */
import type { IncomingHttpHeaders } from "node:http";
import { anthropic } from "./anthropic.ts";
import type { ModelApi } from "./api.ts";
import { chat } from "./chat.ts";
import { type Json, at, textAt } from "./json.ts";
import type { Conversation, RequestKind } from "./record.ts";
import { responses } from "./responses.ts";

const APIS: readonly ModelApi[] = [anthropic, responses, chat];

/** The API that a POST to this path speaks; undefined for everything that asks no model. */
export function apiOf(method: string, path: string): ModelApi | undefined {
  return method === "POST" ? APIS.find((api) => pathname(path) === api.path) : undefined;
}

/** Claude asks for titles and the like without offering tools; an agent's turn always offers some. */
export function kindOf(request: {
  readonly api: ModelApi | undefined;
  readonly conversation: Conversation;
  readonly headers: IncomingHttpHeaders;
  readonly body: Json;
}): RequestKind {
  const { api, conversation, headers, body } = request;
  if (api === undefined) return "other";
  if (asksForSummary(api, { conversation, headers, body })) return "compaction";
  return api === anthropic && conversation.toolNames.length === 0 ? "helper" : "turn";
}

/** Each CLI asks for its summary in its own way: claude in words, codex in a header, copilot by forbidding its tools. */
function asksForSummary(
  api: ModelApi,
  {
    conversation,
    headers,
    body,
  }: { readonly conversation: Conversation; readonly headers: IncomingHttpHeaders; readonly body: Json },
): boolean {
  if (api === anthropic)
    return (conversation.messages.at(-1)?.text ?? "").includes("followed by a <summary> block");
  if (api === chat) return textAt(body, "tool_choice") === "none";
  return String(headers["x-codex-turn-metadata"] ?? "").includes('"request_kind":"compact');
}

/** What every request that asks no model gets; null when there is no such page. */
export function sideAnswer(method: string, path: string, body: Json): Json | null {
  if (method === "HEAD") return {};
  switch (`${method} ${pathname(path)}`) {
    case "GET /v1/models":
      return { object: "list", data: [], has_more: false };
    case "POST /v1/messages/count_tokens":
      return { input_tokens: Math.ceil(JSON.stringify(at(body, "messages") ?? "").length / 4) };
    default:
      return null;
  }
}

function pathname(path: string): string {
  return path.split("?")[0] ?? path;
}
