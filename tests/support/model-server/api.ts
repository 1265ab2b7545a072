/** What each API module provides, and the parts that all three share. */
import { type Json, at, isList, listAt, textAt } from "./json.ts";
import type { ApiName, Conversation } from "./record.ts";
import type { Block, Cause, Reply } from "./step.ts";

/** A reply after its `shell` and `structured` blocks became tools of the asking CLI. */
export interface PlainReply extends Omit<Reply, "blocks"> {
  readonly blocks: readonly PlainBlock[];
}
export type PlainBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool"; readonly id: string; readonly name: string; readonly input: Json };

export interface ReplyContext {
  /** Unique within the server; ids of messages and calls derive from it. */
  readonly serial: number;
  readonly model: string;
  readonly nowMs: number;
}

export interface StreamEvent {
  /** The SSE `event:` name, where the API uses names. */
  readonly name?: string;
  readonly data: Json;
  /** Marks the first piece of visible text: a cut or stalled stream ends here. */
  readonly firstWords?: true;
}

export interface HttpFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

export interface ModelApi {
  readonly name: ApiName;
  readonly path: string;
  /** Never throws: what is missing in the body is empty in the view. */
  readonly read: (body: Json) => Conversation;
  readonly streamed: (reply: PlainReply, context: ReplyContext) => readonly StreamEvent[];
  readonly whole: (reply: PlainReply, context: ReplyContext) => Json;
  readonly failure: (cause: Cause, nowMs: number) => HttpFailure;
  readonly failureInStream: (cause: Cause, context: ReplyContext) => readonly StreamEvent[];
}

/** The arguments that make each CLI's shell tool run one command to its end. */
const SHELL_TOOLS: Readonly<Record<string, (command: string) => Json>> = {
  Bash: (command) => ({ command, description: "Run the scripted command", timeout: 600_000 }),
  exec_command: (cmd) => ({ cmd, yield_time_ms: 30_000 }),
  bash: (command) => ({ command, description: "Run the scripted command", mode: "sync", initial_wait: 600 }),
};

/** @throws Error when a shell command is scripted and the request offers no shell tool that is known here. */
export function plainReply(reply: Reply, toolNames: readonly string[], serial: number): PlainReply {
  return {
    ...reply,
    blocks: reply.blocks.map((block, index) => plainBlock(block, toolNames, `call_${serial}_${index}`)),
  };
}

function plainBlock(block: Block, toolNames: readonly string[], id: string): PlainBlock {
  switch (block.type) {
    case "text":
      return block;
    case "tool":
      return { ...block, id };
    case "shell":
      return { type: "tool", id, ...shellCall(block.command, toolNames) };
    case "structured":
      return toolNames.includes("StructuredOutput")
        ? { type: "tool", id, name: "StructuredOutput", input: block.value }
        : { type: "text", text: JSON.stringify(block.value) };
  }
}

function shellCall(
  command: string,
  toolNames: readonly string[],
): { readonly name: string; readonly input: Json } {
  const shell = Object.entries(SHELL_TOOLS).find(([name]) => toolNames.includes(name));
  if (shell === undefined) {
    throw new Error(
      `the request offers no known shell tool (tools: ${toolNames.join(", ") || "none"}); add it to SHELL_TOOLS`,
    );
  }
  const [name, input] = shell;
  return { name, input: input(command) };
}

/** The text of a message's content, whatever mix of strings and typed parts it is. */
export function contentText(content: Json | undefined): string {
  if (typeof content === "string") return content;
  return isList(content) ? content.map(partText).join("\n") : "";
}

function partText(part: Json): string {
  if (typeof part === "string") return part;
  switch (textAt(part, "type")) {
    case "tool_use":
      return `[call ${textAt(part, "name")} ${JSON.stringify(at(part, "input"))}]`;
    case "tool_result":
      return contentText(at(part, "content"));
    default:
      return textAt(part, "text");
  }
}

/** Names of the tools a request offers, whichever of the two OpenAI shapes or Anthropic's it uses. */
export function toolNamesIn(body: Json): readonly string[] {
  return listAt(body, "tools").map(
    (tool) => textAt(tool, "name") || textAt(tool, "function", "name") || textAt(tool, "type"),
  );
}

const MAX_PIECE_CHARACTERS = 4 * 1024 * 1024;

/** Splits text into pieces, as a model's stream would: a few, or many where it is very long. Never inside a character. */
export function pieces(text: string): readonly string[] {
  const size = Math.min(MAX_PIECE_CHARACTERS, Math.max(1, Math.ceil(text.length / 4)));
  const result: string[] = [];
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = start + size;
    if (isHighSurrogate(text.charCodeAt(end - 1))) end += 1;
    result.push(text.slice(start, end));
  }
  return result;
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;

/** Unix seconds, rounded up so that a reset is never before the asked time. */
export function resetAtSeconds(nowMs: number, inSeconds: number): number {
  return Math.ceil(nowMs / 1000 + inSeconds);
}
