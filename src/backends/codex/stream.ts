import type { Activity } from "../../process/activity-clock.ts";
import { at, parseJsonLine, textAt } from "../json-path.ts";
import { type SpokenTexts, createSpokenTexts } from "../spoken-texts.ts";
import { type Tracker, createTracker } from "../tracker.ts";

/** What `codex exec --json` has said so far. Its errors are prose here; the session file has them structured. */
export interface CodexStream {
  readonly tracker: Tracker;
  threadId: string | null;
  readonly texts: SpokenTexts;
  turn: "completed" | "failed" | null;
  /** The final error's words. */
  message: string | null;
  /** Set when another model answered than requested. codex reports that in prose, and only when the API's headers do. */
  rerouted: { readonly asked: string; readonly served: string } | null;
}

export const createCodexStream = (): CodexStream => ({
  tracker: createTracker(),
  threadId: null,
  texts: createSpokenTexts(),
  turn: null,
  message: null,
  rerouted: null,
});

/** Adds one line of stdout to the stream and returns what it means for the clocks. */
export function readCodexLine(stream: CodexStream, line: string): Activity {
  readEvent(stream, parseJsonLine(line));
  return stream.tracker.activity();
}

function readEvent(stream: CodexStream, event: unknown): void {
  switch (textAt(event, "type")) {
    case "thread.started":
      stream.threadId = textAt(event, "thread_id") ?? null;
      return;
    case "item.started":
    case "item.updated":
      return readItem(stream, at(event, "item"), true);
    case "item.completed":
      return readItem(stream, at(event, "item"), false);
    case "turn.completed":
      stream.turn = "completed";
      return stream.tracker.final();
    case "turn.failed":
      stream.turn = "failed";
      stream.message = textAt(event, "error", "message") ?? null;
      return stream.tracker.final();
    default: // `error` is printed for every reconnect and says nothing about the outcome
  }
}

/** These items run nothing while they are open. A plan stays open until the turn ends, so silence in it is real silence. */
const WORDS = new Set(["agent_message", "reasoning", "todo_list"]);

function readItem(stream: CodexStream, item: unknown, open: boolean): void {
  const type = textAt(item, "type");
  const id = textAt(item, "id");
  if (type === "error") return readWarning(stream, textAt(item, "message") ?? "");
  if (type === undefined) return;
  stream.tracker.modelEvent();
  if (id !== undefined && open && !WORDS.has(type)) stream.tracker.toolOpened(id);
  if (id !== undefined && !open) stream.tracker.toolClosed(id);
  const text = textAt(item, "text");
  if (type === "agent_message" && !open && text !== undefined && text !== "") stream.texts.push(text);
}

/** A warning of the program, not of the model. */
function readWarning(stream: CodexStream, message: string): void {
  const [, asked, served] = /^model rerouted: (\S+) -> (\S+)/.exec(message) ?? [];
  if (asked !== undefined && served !== undefined) stream.rerouted = { asked, served };
}
