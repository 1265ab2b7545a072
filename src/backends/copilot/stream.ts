import type { Activity } from "../../process/activity-clock.ts";
import { at, listAt, numberAt, parseJsonLine, textAt } from "../json-path.ts";
import { type SpokenTexts, createSpokenTexts } from "../spoken-texts.ts";
import { type Tracker, createTracker } from "../tracker.ts";

/** What `copilot --output-format json` has said so far; facts have the names of the failure table. */
export interface CopilotStream {
  readonly tracker: Tracker;
  readonly facts: Record<string, string | number | boolean | null>;
  readonly texts: SpokenTexts;
  sessionId: string | null;
  model: string | undefined;
}

export const createCopilotStream = (): CopilotStream => ({
  tracker: createTracker(),
  facts: {},
  texts: createSpokenTexts(),
  sessionId: null,
  model: undefined,
});

/** Adds one line of stdout to the stream and returns what it means for the clocks. */
export function readCopilotLine(stream: CopilotStream, line: string): Activity {
  const event = parseJsonLine(line);
  readEvent(stream, event, at(event, "data"));
  return stream.tracker.activity();
}

function readEvent(stream: CopilotStream, event: unknown, data: unknown): void {
  switch (textAt(event, "type")) {
    case "assistant.message_delta":
    case "assistant.reasoning_delta":
      return stream.tracker.modelEvent();
    case "assistant.message":
      return readMessage(stream, event, data);
    case "tool.execution_start":
      return stream.tracker.toolOpened(textAt(data, "toolCallId") ?? "");
    case "tool.execution_complete":
      return stream.tracker.toolClosed(textAt(data, "toolCallId") ?? "");
    case "model.call_failure":
      return ofSubAgent(event) ? undefined : readCallFailure(stream, data);
    case "session.warning":
      stream.facts["warning"] = textAt(data, "warningType") ?? null;
      return;
    case "session.error":
      return ofSubAgent(event) ? undefined : readSessionError(stream, data);
    case "result":
      return readResult(stream, event);
    default:
  }
}

/** A subagent's events and failures are its parent's business. */
const ofSubAgent = (event: unknown): boolean => textAt(event, "agentId") !== undefined;

function readMessage(stream: CopilotStream, event: unknown, data: unknown): void {
  stream.tracker.modelEvent();
  if (ofSubAgent(event)) return;
  const content = textAt(data, "content") ?? "";
  stream.model = textAt(data, "model") ?? stream.model;
  stream.facts["last_message_empty"] = content.trim() === "" && listAt(data, "toolRequests").length === 0;
  if (content !== "") stream.texts.push(content);
}

function readCallFailure(stream: CopilotStream, data: unknown): void {
  stream.facts["failure.code"] = textAt(data, "errorCode") ?? null;
  stream.facts["failure.type"] = textAt(data, "errorType") ?? null;
  stream.facts["failure.kind"] = textAt(data, "failureKind") ?? null;
  stream.facts["failure.retry"] = numberAt(data, "retryAttempt") ?? null;
}

function readSessionError(stream: CopilotStream, data: unknown): void {
  stream.facts["error_type"] = textAt(data, "errorType") ?? null;
  stream.facts["status_code"] = numberAt(data, "statusCode") ?? null;
  stream.facts["message"] = textAt(data, "message") ?? "";
}

function readResult(stream: CopilotStream, event: unknown): void {
  stream.tracker.final();
  stream.sessionId = textAt(event, "sessionId") ?? null;
  stream.facts["exit_code"] = numberAt(event, "exitCode") ?? null;
}
