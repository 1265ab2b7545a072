/** What the server remembers of each request, in words that are the same for all three APIs. */
import type { IncomingHttpHeaders } from "node:http";
import type { Json } from "./json.ts";

export type ApiName = "anthropic" | "responses" | "chat";

export interface Message {
  readonly role: string;
  readonly text: string;
}

/** The neutral view of a model request. */
export interface Conversation {
  readonly model: string;
  readonly systemCharacters: number;
  /** System texts excluded; tool calls and results included as text. */
  readonly messages: readonly Message[];
  readonly toolNames: readonly string[];
  readonly streaming: boolean;
}

/**
 * `turn`: the agent's own request. `compaction`: the CLI asks for a summary of the conversation. Both use up a step.
 * `helper`: a side call of the CLI to a model (titles, quota checks). `other`: no model is asked.
 */
export type RequestKind = "turn" | "compaction" | "helper" | "other";

export interface RecordedRequest extends Conversation {
  readonly kind: RequestKind;
  /** Null where the path is none of the three APIs. */
  readonly api: ApiName | null;
  readonly method: string;
  readonly path: string;
  /** Credentials are left out; ask `sentCredential`. */
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly body: Json;
  /** Whether the request was authorised with this key or token. */
  readonly sentCredential: (credential: string) => boolean;
  /** Turns true when the client goes away before its answer is complete. */
  readonly abandoned: () => boolean;
}

/** How many messages of the request contain `text`; "the prompt once" is 1. */
export function messagesWith(request: Conversation, text: string): number {
  return request.messages.filter((message) => message.text.includes(text)).length;
}

const CREDENTIAL_HEADERS = new Set(["authorization", "x-api-key", "api-key", "cookie"]);

export function withoutCredentials(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIAL_HEADERS.has(name)));
}

export function credentialsIn(headers: IncomingHttpHeaders): readonly string[] {
  return [...CREDENTIAL_HEADERS]
    .map((name) => headers[name])
    .filter((value) => typeof value === "string")
    .map((value) => value.replace(/^Bearer\s+/i, ""));
}
