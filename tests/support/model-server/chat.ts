/** OpenAI Chat Completions, as copilot speaks it. */
import { type ModelApi, type PlainReply, type ReplyContext, type StreamEvent } from "./api.ts";
import { contentText, pieces, toolNamesIn } from "./api.ts";
import { type Json, at, listAt, textAt } from "./json.ts";
import { openAiFailure } from "./openai-failure.ts";
import type { Conversation, Message } from "./record.ts";

export const chat: ModelApi = {
  name: "chat",
  path: "/v1/chat/completions",
  read,
  streamed,
  whole,
  failure: (cause, nowMs) => openAiFailure("chat", cause, nowMs),
  failureInStream: (cause, { nowMs }) => [{ data: openAiFailure("chat", cause, nowMs).body }],
};

function read(body: Json): Conversation {
  const all = listAt(body, "messages").map(readMessage);
  const system = all.filter(({ role }) => role === "system" || role === "developer");
  return {
    model: textAt(body, "model"),
    systemCharacters: system.map(({ text }) => text).join("").length,
    messages: all.filter((message) => !system.includes(message)),
    toolNames: toolNamesIn(body),
    streaming: at(body, "stream") === true,
  };
}

function readMessage(message: Json): Message {
  const calls = listAt(message, "tool_calls").map(
    (call) => `[call ${textAt(call, "function", "name")} ${textAt(call, "function", "arguments")}]`,
  );
  const text = contentText(at(message, "content"));
  return { role: textAt(message, "role"), text: [...(text === "" ? [] : [text]), ...calls].join("\n") };
}

function streamed(reply: PlainReply, context: ReplyContext): readonly StreamEvent[] {
  const words = pieces(spokenText(reply)).map((piece, n) => ({
    ...chunk(reply, context, { [textField(reply)]: piece }),
    ...(n === 0 ? { firstWords: true as const } : {}),
  }));
  return [
    chunk(reply, context, { role: "assistant", content: "" }),
    ...words,
    ...toolCalls(reply).map((call, index) => chunk(reply, context, { tool_calls: [{ index, ...call }] })),
    chunk(reply, context, {}, finishReason(reply)),
    { data: { ...envelope(reply, context, "chat.completion.chunk"), choices: [], usage: usage(reply) } },
    { data: "[DONE]" },
  ];
}

function whole(reply: PlainReply, context: ReplyContext): Json {
  const message = { role: "assistant", content: null, [textField(reply)]: spokenText(reply) };
  const calls = toolCalls(reply);
  return {
    ...envelope(reply, context, "chat.completion"),
    choices: [
      {
        index: 0,
        message: calls.length > 0 ? { ...message, tool_calls: calls } : message,
        finish_reason: finishReason(reply),
      },
    ],
    usage: usage(reply),
  };
}

/** The API has one text per reply: several blocks become paragraphs. */
function spokenText({ blocks }: PlainReply): string {
  return blocks.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n\n");
}

function textField({ stop }: PlainReply): "refusal" | "content" {
  return stop === "refusal" ? "refusal" : "content";
}

function toolCalls({ blocks }: PlainReply): readonly { readonly [key: string]: Json }[] {
  return blocks.flatMap((block) =>
    block.type === "tool"
      ? [
          {
            id: block.id,
            type: "function",
            function: { name: block.name, arguments: JSON.stringify(block.input) },
          },
        ]
      : [],
  );
}

function chunk(
  reply: PlainReply,
  context: ReplyContext,
  delta: { readonly [key: string]: Json },
  finish: string | null = null,
): StreamEvent {
  return {
    data: {
      ...envelope(reply, context, "chat.completion.chunk"),
      choices: [{ index: 0, delta, finish_reason: finish }],
    },
  };
}

function envelope(
  reply: PlainReply,
  { serial, model }: ReplyContext,
  object: string,
): { readonly [key: string]: Json } {
  return { id: `chatcmpl-${serial}`, object, created: 1_700_000_000, model: reply.servedModel ?? model };
}

function finishReason({ stop, blocks }: PlainReply): string {
  if (stop === "content-filter") return "content_filter";
  if (stop === "output-limit" || stop === "context-window") return "length";
  return blocks.some((block) => block.type === "tool") ? "tool_calls" : "stop";
}

/** OpenAI's prompt count includes what was read from or written to the cache. */
function usage({ usage: tokens }: PlainReply): Json {
  const prompt = tokens.inputTokens + tokens.cacheReadTokens + tokens.cacheWriteTokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: tokens.outputTokens,
    total_tokens: prompt + tokens.outputTokens,
    prompt_tokens_details: { cached_tokens: tokens.cacheReadTokens },
    completion_tokens_details: { reasoning_tokens: tokens.reasoningTokens },
  };
}
