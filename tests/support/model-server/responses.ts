/** OpenAI Responses, as codex speaks it. */
import {
  type ModelApi,
  type PlainBlock,
  type PlainReply,
  type ReplyContext,
  type StreamEvent,
} from "./api.ts";
import { contentText, pieces, toolNamesIn } from "./api.ts";
import { type Json, at, listAt, textAt } from "./json.ts";
import { openAiFailure } from "./openai-failure.ts";
import type { Conversation, Message } from "./record.ts";
import type { Cause } from "./step.ts";

export const responses: ModelApi = {
  name: "responses",
  path: "/v1/responses",
  read,
  streamed,
  whole,
  failure: (cause, nowMs) => openAiFailure("responses", cause, nowMs),
  failureInStream,
};

function read(body: Json): Conversation {
  const all = listAt(body, "input").map(readItem);
  const system = all.filter(({ role }) => role === "developer" || role === "system");
  return {
    model: textAt(body, "model"),
    systemCharacters: textAt(body, "instructions").length + system.map(({ text }) => text).join("").length,
    messages: all.filter((message) => !system.includes(message)),
    toolNames: toolNamesIn(body),
    streaming: at(body, "stream") === true,
  };
}

function readItem(item: Json): Message {
  switch (textAt(item, "type")) {
    case "function_call":
      return { role: "assistant", text: `[call ${textAt(item, "name")} ${textAt(item, "arguments")}]` };
    case "function_call_output":
      return { role: "tool", text: contentText(at(item, "output")) };
    default:
      return { role: textAt(item, "role"), text: contentText(at(item, "content")) };
  }
}

function streamed(reply: PlainReply, context: ReplyContext): readonly StreamEvent[] {
  const items = outputItems(reply, context);
  const final = whole(reply, context);
  const finalEvent = textAt(final, "status") === "incomplete" ? "response.incomplete" : "response.completed";
  return [
    named("response.created", { response: { ...envelope(reply, context), status: "in_progress" } }),
    ...items.flatMap(itemEvents),
    named(finalEvent, { response: final }),
  ];
}

function whole(reply: PlainReply, context: ReplyContext): Json {
  const reason = incompleteReason(reply);
  return {
    ...envelope(reply, context),
    status: reason === null ? "completed" : "incomplete",
    incomplete_details: reason === null ? null : { reason },
    output: outputItems(reply, context),
    usage: usage(reply),
  };
}

function envelope(reply: PlainReply, { serial, model }: ReplyContext): { readonly [key: string]: Json } {
  return { id: `resp_${serial}`, object: "response", model: reply.servedModel ?? model };
}

function incompleteReason({ stop }: PlainReply): string | null {
  if (stop === "content-filter") return "content_filter";
  return stop === "output-limit" || stop === "context-window" ? "max_output_tokens" : null;
}

type Item = { readonly [key: string]: Json };

function outputItems(reply: PlainReply, { serial }: ReplyContext): readonly Item[] {
  return reply.blocks.map((block, index) =>
    outputItem(block, { refused: reply.stop === "refusal", id: `${serial}_${index}` }),
  );
}

function outputItem(
  block: PlainBlock,
  { refused, id }: { readonly refused: boolean; readonly id: string },
): Item {
  if (block.type === "tool") {
    return {
      type: "function_call",
      id: `fc_${id}`,
      call_id: block.id,
      name: block.name,
      arguments: JSON.stringify(block.input),
      status: "completed",
    };
  }
  const content = refused
    ? { type: "refusal", refusal: block.text }
    : { type: "output_text", text: block.text, annotations: [] };
  return { type: "message", id: `msg_${id}`, role: "assistant", status: "completed", content: [content] };
}

function itemEvents(item: Item, index: number): readonly StreamEvent[] {
  const text = textAt(listAt(item, "content")[0], "text");
  const deltas = pieces(text).map((delta, n) => ({
    ...named("response.output_text.delta", {
      item_id: textAt(item, "id"),
      output_index: index,
      content_index: 0,
      delta,
    }),
    ...(n === 0 ? { firstWords: true as const } : {}),
  }));
  const opened =
    item["type"] === "message"
      ? { ...item, status: "in_progress", content: [] }
      : { ...item, status: "in_progress" };
  return [
    named("response.output_item.added", { output_index: index, item: opened }),
    ...deltas,
    named("response.output_item.done", { output_index: index, item }),
  ];
}

/** OpenAI's input count includes what was read from or written to the cache. */
function usage({ usage: tokens }: PlainReply): Json {
  const input = tokens.inputTokens + tokens.cacheReadTokens + tokens.cacheWriteTokens;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: tokens.cacheReadTokens,
      cache_write_tokens: tokens.cacheWriteTokens,
    },
    output_tokens: tokens.outputTokens,
    output_tokens_details: { reasoning_tokens: tokens.reasoningTokens },
    total_tokens: input + tokens.outputTokens,
  };
}

function failureInStream(cause: Cause, { serial, nowMs }: ReplyContext): readonly StreamEvent[] {
  const failure = openAiFailure("responses", cause, nowMs).body;
  const error = { code: textAt(failure, "error", "code"), message: textAt(failure, "error", "message") };
  return [
    named("response.created", {
      response: { id: `resp_${serial}`, object: "response", status: "in_progress" },
    }),
    named("response.failed", {
      response: { id: `resp_${serial}`, object: "response", status: "failed", error },
    }),
  ];
}

function named(name: string, fields: { readonly [key: string]: Json }): StreamEvent {
  return { name, data: { type: name, ...fields } };
}
