import type { Json } from "../../core/json.ts";
import type { Usage } from "../../core/usage.ts";
import { addUsage } from "../../core/usage.ts";
import type { Activity } from "../../process/activity-clock.ts";
import { messageUsage, resultUsage } from "./usage.ts";
import { at, listAt, numberAt, parseJsonLine, textAt } from "../json-path.ts";
import { type SpokenTexts, createSpokenTexts } from "../spoken-texts.ts";
import { type Tracker, createTracker } from "../tracker.ts";

/** What claude's stream-json has said so far; facts have the names of the failure table. */
export interface ClaudeStream {
  readonly tracker: Tracker;
  readonly facts: Record<string, string | number | boolean | null>;
  readonly texts: SpokenTexts;
  sessionId: string | null;
  /** The model of the last top-level message, and the model to which the request was resolved. */
  servedModel: string | undefined;
  resolvedModel: string | undefined;
  /** From the result; a turn that was cut off has none. */
  usage: Usage | undefined;
  /** By message, with the counts at the message's start. */
  readonly messageUsage: Map<string, Usage>;
  structured: Json | undefined;
  /** The last call of claude's own tool for structured answers, and why claude rejected it. */
  structuredCall: string | undefined;
  structuredProblem: string | undefined;
  /** `success` or `failed`, if the session was compacted. */
  compaction: string | undefined;
}

const SYNTHETIC_MODEL = "<synthetic>";
const STRUCTURED_TOOL = "StructuredOutput";
const MS_PER_SECOND = 1000;

export const createClaudeStream = (): ClaudeStream => ({
  tracker: createTracker(),
  facts: {},
  texts: createSpokenTexts(),
  sessionId: null,
  servedModel: undefined,
  resolvedModel: undefined,
  usage: undefined,
  messageUsage: new Map(),
  structured: undefined,
  structuredCall: undefined,
  structuredProblem: undefined,
  compaction: undefined,
});

/** Adds one line of stdout to the stream and returns what it means for the clocks. */
export function readClaudeLine(stream: ClaudeStream, line: string): Activity {
  const event = parseJsonLine(line);
  stream.sessionId = textAt(event, "session_id") ?? stream.sessionId;
  readEvent(stream, event);
  return stream.tracker.activity();
}

function readEvent(stream: ClaudeStream, event: unknown): void {
  switch (textAt(event, "type")) {
    case "system":
      return readSystem(stream, event);
    case "assistant":
      return readAssistant(stream, event);
    case "user":
      return closeTools(stream, event);
    case "stream_event":
      return stream.tracker.modelEvent();
    case "rate_limit_event":
      return readRateLimit(stream, at(event, "rate_limit_info"));
    case "result":
      return readResult(stream, event);
    default:
  }
}

function readSystem(stream: ClaudeStream, event: unknown): void {
  const subtype = textAt(event, "subtype");
  if (subtype === "init") stream.resolvedModel = textAt(event, "model");
  stream.compaction = textAt(event, "compact_result") ?? stream.compaction;
  const compactError = textAt(event, "compact_error");
  if (compactError !== undefined) stream.facts["compact_error"] = compactError;
  if (subtype === "model_fallback") stream.facts["model_fallback"] = true;
}

function readAssistant(stream: ClaudeStream, event: unknown): void {
  const error = textAt(event, "error");
  if (error !== undefined) stream.facts["assistant_error"] = error;
  const model = textAt(event, "message", "model");
  if (error !== undefined || model === SYNTHETIC_MODEL) return;
  stream.tracker.modelEvent();
  const told = messageUsage(at(event, "message"));
  if (told !== undefined) stream.messageUsage.set(told.id, told.usage);
  const topLevel = textAt(event, "parent_tool_use_id") === undefined;
  if (topLevel) stream.servedModel = model;
  for (const part of listAt(event, "message", "content")) readPart(stream, part, topLevel);
}

/** The usage of the turn. For a turn that was cut off, the sum of its messages, whose outputs are then incomplete. */
export function usageOf({ usage, messageUsage }: ClaudeStream): Usage | undefined {
  if (usage !== undefined || messageUsage.size === 0) return usage;
  return { ...[...messageUsage.values()].reduce(addUsage, {}), unpriced_turns: 1 };
}

function readPart(stream: ClaudeStream, part: unknown, topLevel: boolean): void {
  const type = textAt(part, "type");
  const text = textAt(part, "text");
  if (type === "text" && topLevel && text !== undefined && text !== "") stream.texts.push(text);
  const toolId = textAt(part, "id");
  if (type !== "tool_use" || toolId === undefined) return;
  stream.tracker.toolOpened(toolId);
  if (topLevel && textAt(part, "name") === STRUCTURED_TOOL) stream.structuredCall = toolId;
}

function closeTools(stream: ClaudeStream, event: unknown): void {
  for (const part of listAt(event, "message", "content")) {
    const toolId = textAt(part, "tool_use_id");
    if (toolId === undefined) continue;
    stream.tracker.toolClosed(toolId);
    if (toolId !== stream.structuredCall) continue;
    stream.structuredProblem = at(part, "is_error") === true ? textAt(part, "content") : undefined;
  }
}

function readRateLimit(stream: ClaudeStream, info: unknown): void {
  const resetsAtSeconds = numberAt(info, "resetsAt");
  stream.facts["rate_limit.status"] = textAt(info, "status") ?? null;
  stream.facts["rate_limit.overage"] = at(info, "isUsingOverage") === true;
  stream.facts["rate_limit.type"] = textAt(info, "rateLimitType") ?? null;
  if (resetsAtSeconds !== undefined) stream.facts["resets_at_ms"] = resetsAtSeconds * MS_PER_SECOND;
}

function readResult(stream: ClaudeStream, event: unknown): void {
  stream.tracker.final();
  const { facts } = stream;
  facts["is_error"] = at(event, "is_error") === true;
  for (const name of ["subtype", "terminal_reason", "stop_reason"]) {
    facts[name] = textAt(event, name) ?? null;
  }
  facts["api_error_status"] = numberAt(event, "api_error_status") ?? null;
  const errors = listAt(event, "errors").filter((item) => typeof item === "string");
  const problem = stream.structuredProblem ?? "";
  const words = [textAt(event, "result") ?? "", ...errors, problem].filter((item) => item !== "");
  facts["message"] = words.join(" ");
  const structured = at(event, "structured_output");
  stream.structured = structured === undefined ? undefined : (structured as Json); // parsed from JSON text
  stream.usage = resultUsage(event);
}
