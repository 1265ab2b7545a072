import { at, parseJsonLine, textAt } from "../json-path.ts";

/**
 * Longhaul's only dialogue with `codex app-server`: resume a thread, compact it, and see how that turn ended. JSON-RPC, one
 * message a line. Each incoming message advances the dialogue and yields the messages to send.
 */
export interface CompactionDialogue {
  readonly threadId: string;
  /** The compaction's turn is over, or it never started, so the server can be stopped. */
  done: boolean;
  compacted: boolean;
  /** The server's words; the session file has the structured error. */
  error: { readonly message: string } | undefined;
}

const INITIALIZE = 1;
const RESUME = 2;
const COMPACT = 3;

export const createCompactionDialogue = (threadId: string): CompactionDialogue => ({
  threadId,
  done: false,
  compacted: false,
  error: undefined,
});

/** The first line to send. */
export const openingRequest = (): string =>
  request(INITIALIZE, "initialize", { clientInfo: { name: "longhaul", title: null, version: "1" } });

/** Takes a line from the server and returns the lines to send in answer. */
export function advanceDialogue(dialogue: CompactionDialogue, line: string): readonly string[] {
  const message = parseJsonLine(line);
  if (at(message, "id") !== undefined) return readResponse(dialogue, message);
  readNotification(dialogue, message);
  return [];
}

function readResponse(dialogue: CompactionDialogue, message: unknown): readonly string[] {
  const failure = textAt(message, "error", "message");
  if (failure !== undefined) {
    dialogue.error = { message: failure };
    dialogue.done = true;
    return [];
  }
  const { threadId } = dialogue;
  switch (at(message, "id")) {
    case INITIALIZE:
      return [notification("initialized"), request(RESUME, "thread/resume", resumeParams(threadId))];
    case RESUME:
      return [request(COMPACT, "thread/compact/start", { threadId })];
    default:
      return [];
  }
}

const resumeParams = (threadId: string) => ({
  threadId,
  approvalPolicy: "never",
  sandbox: "danger-full-access",
  excludeTurns: true,
});

function readNotification(dialogue: CompactionDialogue, message: unknown): void {
  const method = textAt(message, "method");
  if (method === "item/completed" && textAt(message, "params", "item", "type") === "contextCompaction") {
    dialogue.compacted = true;
  }
  if (method === "turn/completed") readTurn(dialogue, at(message, "params", "turn"));
}

function readTurn(dialogue: CompactionDialogue, turn: unknown): void {
  dialogue.done = true;
  const status = textAt(turn, "status") ?? "unknown";
  if (status === "completed") return;
  dialogue.compacted = false;
  dialogue.error = { message: textAt(turn, "error", "message") ?? `The compaction ended as ${status}.` };
}

const request = (id: number, method: string, params: object): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });

const notification = (method: string): string => JSON.stringify({ jsonrpc: "2.0", method, params: {} });
