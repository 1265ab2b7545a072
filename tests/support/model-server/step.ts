/**
 * What a script is made of. Steps are plain data, so a script can also be read from a JSON file;
 * how a step looks on the wire of each API is decided in `anthropic.ts`, `responses.ts` and `chat.ts`.
 */
import type { Json } from "./json.ts";

/** Tokens of one model reply. `inputTokens` excludes what came from or went to the cache. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly reasoningTokens: number;
}

/** One piece of a reply. `shell` and `structured` become whatever the asking CLI offers for them. */
export type Block =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "shell"; readonly command: string }
  | { readonly type: "tool"; readonly name: string; readonly input: Json }
  | { readonly type: "structured"; readonly value: Json };

/** Why the model stopped. */
export type Stop = "end" | "output-limit" | "context-window" | "refusal" | "content-filter";

/**
 * How the bytes of a reply arrive: complete, cut off (connection closed, or a clean end), stalled, with a broken line, or with
 * a byte that is no UTF-8 for every U+FFFD.
 */
export type Delivery = "complete" | "cut" | "early-end" | "stall" | "malformed" | "bad-utf8";

export interface Reply {
  readonly kind: "reply";
  readonly blocks: readonly Block[];
  readonly stop: Stop;
  readonly usage: Usage;
  readonly delivery: Delivery;
  /** Extra response headers, such as rate-limit figures on a success. */
  readonly headers: Readonly<Record<string, string>>;
  /** The model the server claims to have used; null echoes the one asked for. */
  readonly servedModel: string | null;
}

/** What went wrong, in our words; each API has its own status, headers and body for it. */
export type Cause =
  | {
      readonly reason: "status";
      readonly status: number;
      readonly message: string;
      readonly code: string | null;
    }
  | { readonly reason: "cap"; readonly resetsInSeconds: number; readonly window: "session" | "weekly" }
  | { readonly reason: "rate-limit"; readonly retryAfterSeconds: number }
  | { readonly reason: "overflow" }
  | { readonly reason: "overloaded" }
  | { readonly reason: "billing" }
  | { readonly reason: "unknown-model" };

export interface Failure {
  readonly kind: "failure";
  readonly cause: Cause;
  /** `status`: an HTTP error. `stream`: HTTP 200, then an error event. */
  readonly place: "status" | "stream";
  readonly headers: Readonly<Record<string, string>>;
  /** Replaces the body the API would have sent. */
  readonly body: Json | null;
}

/** Nothing more is ever sent: not even headers, or headers only. */
export interface Silence {
  readonly kind: "silence";
  readonly after: "nothing" | "headers";
}

export type Step = (Reply | Failure | Silence) & {
  /** Waits this long before the first byte. */
  readonly delayMs?: number;
  /** Waits for `server.release()` before the first byte. */
  readonly held?: true;
};
