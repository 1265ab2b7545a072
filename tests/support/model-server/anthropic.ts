/** Anthropic Messages, as claude speaks it. */
import {
  type HttpFailure,
  type ModelApi,
  type PlainBlock,
  type PlainReply,
  type ReplyContext,
  type StreamEvent,
} from "./api.ts";
import { contentText, pieces, resetAtSeconds, toolNamesIn } from "./api.ts";
import { type Json, at, listAt, textAt } from "./json.ts";
import type { Conversation, Message } from "./record.ts";
import type { Cause, Stop } from "./step.ts";

export const anthropic: ModelApi = {
  name: "anthropic",
  path: "/v1/messages",
  read,
  streamed,
  whole,
  failure,
  failureInStream: (cause, { nowMs }) => [{ name: "error", data: failure(cause, nowMs).body }],
};

function read(body: Json): Conversation {
  const all: Message[] = listAt(body, "messages").map((message) => ({
    role: textAt(message, "role"),
    text: contentText(at(message, "content")),
  }));
  const systemTexts = [contentText(at(body, "system")), ...all.filter(isSystem).map(({ text }) => text)];
  return {
    model: textAt(body, "model"),
    systemCharacters: systemTexts.join("").length,
    messages: all.filter((message) => !isSystem(message)),
    toolNames: toolNamesIn(body),
    streaming: at(body, "stream") === true,
  };
}

function isSystem({ role }: Message): boolean {
  return role === "system";
}

function streamed(reply: PlainReply, context: ReplyContext): readonly StreamEvent[] {
  const message = envelope(reply, context);
  return [
    named("message_start", {
      message: {
        ...message,
        content: [],
        stop_reason: null,
        usage: { ...inputUsage(reply), output_tokens: 1 },
      },
    }),
    ...reply.blocks.flatMap(blockEvents),
    named("message_delta", {
      delta: { stop_reason: stopReason(reply), stop_sequence: null },
      usage: { output_tokens: reply.usage.outputTokens },
    }),
    named("message_stop", {}),
  ];
}

function whole(reply: PlainReply, context: ReplyContext): Json {
  return {
    ...envelope(reply, context),
    content: reply.blocks.map(contentBlock),
    stop_reason: stopReason(reply),
    usage: { ...inputUsage(reply), output_tokens: reply.usage.outputTokens },
  };
}

function envelope(reply: PlainReply, { serial, model }: ReplyContext): { readonly [key: string]: Json } {
  return {
    id: `msg_${serial}`,
    type: "message",
    role: "assistant",
    model: reply.servedModel ?? model,
    stop_sequence: null,
  };
}

function inputUsage({ usage }: PlainReply): { readonly [key: string]: Json } {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
  };
}

function blockEvents(block: PlainBlock, index: number): readonly StreamEvent[] {
  const deltas: StreamEvent[] =
    block.type === "text"
      ? pieces(block.text).map((text, n) => ({
          ...named("content_block_delta", { index, delta: { type: "text_delta", text } }),
          ...(n === 0 ? { firstWords: true as const } : {}),
        }))
      : [
          named("content_block_delta", {
            index,
            delta: { type: "input_json_delta", partial_json: JSON.stringify(block.input) },
          }),
        ];
  const opened = block.type === "text" ? { type: "text", text: "" } : { ...contentBlock(block), input: {} };
  return [
    named("content_block_start", { index, content_block: opened }),
    ...deltas,
    named("content_block_stop", { index }),
  ];
}

function contentBlock(block: PlainBlock): { readonly [key: string]: Json } {
  return block.type === "text"
    ? { type: "text", text: block.text }
    : { type: "tool_use", id: `toolu_${block.id}`, name: block.name, input: block.input };
}

const STOP_REASONS: Readonly<Record<Exclude<Stop, "end">, string>> = {
  "output-limit": "max_tokens",
  "context-window": "model_context_window_exceeded",
  refusal: "refusal",
  "content-filter": "refusal",
};

function stopReason({ stop, blocks }: PlainReply): string {
  if (stop !== "end") return STOP_REASONS[stop];
  return blocks.some((block) => block.type === "tool") ? "tool_use" : "end_turn";
}

function named(name: string, fields: { readonly [key: string]: Json }): StreamEvent {
  return { name, data: { type: name, ...fields } };
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  529: "overloaded_error",
};

function failure(cause: Cause, nowMs: number): HttpFailure {
  switch (cause.reason) {
    case "status":
      return error(cause.status, cause.message, { code: cause.code });
    case "cap":
      return cap(resetAtSeconds(nowMs, cause.resetsInSeconds), cause);
    case "rate-limit":
      return error(429, "This request would exceed your organization's rate limit.", {
        headers: { "retry-after": String(cause.retryAfterSeconds) },
      });
    case "overflow":
      return error(400, "prompt is too long: 208310 tokens > 200000 maximum");
    case "overloaded":
      return error(529, "Overloaded");
    case "billing":
      return error(
        400,
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.",
      );
    case "unknown-model":
      return error(404, "model: not found");
  }
}

/** A subscription's cap; an API key's client ignores these headers and sees a plain 429. */
function cap(resetsAt: number, { window, resetsInSeconds }: Extract<Cause, { reason: "cap" }>): HttpFailure {
  return error(429, "This request would exceed your account's rate limit. Please try again later.", {
    headers: {
      "retry-after": String(resetsInSeconds),
      "anthropic-ratelimit-unified-status": "rejected",
      "anthropic-ratelimit-unified-reset": String(resetsAt),
      "anthropic-ratelimit-unified-representative-claim": window === "session" ? "five_hour" : "seven_day",
      "anthropic-ratelimit-unified-overage-status": "rejected",
      "anthropic-ratelimit-unified-overage-disabled-reason": "org_level_disabled",
    },
  });
}

function error(
  status: number,
  message: string,
  {
    headers = {},
    code = null,
  }: { readonly headers?: Readonly<Record<string, string>>; readonly code?: string | null } = {},
): HttpFailure {
  const type = code ?? ERROR_TYPES[status] ?? "api_error";
  return { status, headers, body: { type: "error", error: { type, message }, request_id: "req_scripted" } };
}
