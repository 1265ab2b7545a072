/**
 * The words scripts are written in:
 *
 *     startModelServer([toolCall("npm test"), cutStream(), capWithReset({ inSeconds: 2 }), answer('{"ok":true}')])
 *
 * Each step answers one model request, whatever API the CLI speaks. After the last step the server
 * answers 400 `script_exhausted`, unless the last step is wrapped in `forever`.
 */
import type { Json } from "./json.ts";
import type { Block, Delivery, Failure, Cause, Reply, Silence, Step, Stop, Usage } from "./step.ts";
import type { RecordedRequest } from "./record.ts";

/** A step, a step chosen by looking at the request, or one that is repeated from here on. */
export type ScriptEntry = Step | ((request: RecordedRequest) => Step) | Forever;
export interface Forever {
  readonly forever: Step | ((request: RecordedRequest) => Step);
}

export interface ReplyOptions {
  readonly usage?: Partial<Usage>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The model the server claims to have used. */
  readonly servedModel?: string;
}

/** Text; several texts become several blocks or messages of one reply. */
export function answer(text: string | readonly string[], options: ReplyOptions = {}): Reply {
  const texts = typeof text === "string" ? [text] : text;
  return reply({ blocks: texts.map((one) => ({ type: "text", text: one })), options });
}

/** Asks the CLI to run a shell command with its own shell tool; the next request carries the output. */
export function toolCall(command: string, options: ReplyOptions & { readonly saying?: string } = {}): Reply {
  const saying: Block[] = options.saying === undefined ? [] : [{ type: "text", text: options.saying }];
  return reply({ blocks: [...saying, { type: "shell", command }], options });
}

/** Asks for any tool by its own name and input. */
export function namedToolCall(name: string, input: Json, options: ReplyOptions = {}): Reply {
  return reply({ blocks: [{ type: "tool", name, input }], options });
}

/** The value through the CLI's structured-output tool where the request has one, else as JSON text. */
export function structured(value: Json, options: ReplyOptions = {}): Reply {
  return reply({ blocks: [{ type: "structured", value }], options });
}

/** A complete reply with nothing in it. */
export function empty(options: ReplyOptions = {}): Reply {
  return reply({ blocks: [], options });
}

/** The model declines. */
export function refusal(text = "I cannot help with that.", options: ReplyOptions = {}): Reply {
  return reply({ blocks: [{ type: "text", text }], stop: "refusal", options });
}

/** A filter takes the reply away. */
export function contentFilter(options: ReplyOptions = {}): Reply {
  return reply({ blocks: [], stop: "content-filter", options });
}

/** The reply ends at the output-token limit. */
export function outputLimit(text = "This text ends too ear", options: ReplyOptions = {}): Reply {
  return reply({ blocks: [{ type: "text", text }], stop: "output-limit", options });
}

/** The reply ends because the context window is full; only Anthropic has a word for it, the others say output limit. */
export function contextWindowStop(text = "This text ends too ear", options: ReplyOptions = {}): Reply {
  return reply({ blocks: [{ type: "text", text }], stop: "context-window", options });
}

/** The connection breaks after the first words; `cleanly` ends the response without its final event instead. */
export function cutStream({ cleanly = false }: { readonly cleanly?: boolean } = {}): Reply {
  return halfway(cleanly ? "early-end" : "cut");
}

/** The first words, then nothing, with the connection open. */
export function stall(): Reply {
  return halfway("stall");
}

/** A reply with a line that is no JSON in the middle. */
export function malformed(text = "A good answer around a bad line."): Reply {
  return { ...answer(text), delivery: "malformed" };
}

/** A reply in which every U+FFFD of the text is sent as a byte that is no UTF-8. */
export function badUtf8(text: string): Reply {
  return { ...answer(text), delivery: "bad-utf8" };
}

/** The request is accepted and never answered; with `after: "headers"` the status line still comes. */
export function silence({ after = "nothing" }: { readonly after?: Silence["after"] } = {}): Silence {
  return { kind: "silence", after };
}

export interface StatusOptions {
  readonly message?: string;
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
}

/** Any HTTP error, in the API's usual body for it unless `body` replaces that. */
export function status(code: number, options: StatusOptions = {}): Failure {
  const message = options.message ?? `scripted status ${code}`;
  return {
    ...failure({ reason: "status", status: code, message, code: options.code ?? null }),
    headers: options.headers ?? {},
    body: options.body ?? null,
  };
}

/** The plan's usage cap with its reset time, as each vendor says it. */
export function capWithReset(options: {
  readonly inSeconds: number;
  readonly window?: "session" | "weekly";
}): Failure {
  return failure({ reason: "cap", resetsInSeconds: options.inSeconds, window: options.window ?? "session" });
}

/** A short 429. */
export function rateLimit({ retryAfterSeconds }: { readonly retryAfterSeconds: number }): Failure {
  return failure({ reason: "rate-limit", retryAfterSeconds });
}

/** The prompt does not fit into the context window. */
export function overflow(): Failure {
  return failure({ reason: "overflow" });
}

/** The service is at capacity. */
export function overloaded(): Failure {
  return failure({ reason: "overloaded" });
}

/** No credit left: a person must act. */
export function billing(): Failure {
  return failure({ reason: "billing" });
}

/** The model asked for does not exist. */
export function unknownModel(): Failure {
  return failure({ reason: "unknown-model" });
}

/** The same failure as an error event inside a stream that began with 200. */
export function inStream(step: Failure): Failure {
  return { ...step, place: "stream" };
}

/** The step comes only after `server.release()`. */
export function hold(step: Step = answer("OK")): Step {
  return { ...step, held: true };
}

/** The step comes after `ms` milliseconds. */
export function delayed(step: Step, { ms }: { readonly ms: number }): Step {
  return { ...step, delayMs: ms };
}

/** Last entry of a script: every further request is answered like this. */
export function forever(step: Forever["forever"]): Forever {
  return { forever: step };
}

/** The same step `count` times. */
export function times(count: number, step: Step): readonly Step[] {
  return Array.from({ length: count }, () => step);
}

function halfway(delivery: Delivery): Reply {
  return { ...answer("The first words arrive and the last ones never do."), delivery };
}

function failure(cause: Cause): Failure {
  return { kind: "failure", cause, place: "status", headers: {}, body: null };
}

const USUAL_USAGE: Usage = {
  inputTokens: 100,
  outputTokens: 10,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};

function reply(parts: {
  readonly blocks: readonly Block[];
  readonly stop?: Stop;
  readonly options: ReplyOptions;
}): Reply {
  return {
    kind: "reply",
    blocks: parts.blocks,
    stop: parts.stop ?? "end",
    usage: { ...USUAL_USAGE, ...parts.options.usage },
    delivery: "complete",
    headers: parts.options.headers ?? {},
    servedModel: parts.options.servedModel ?? null,
  };
}
