import { type PatternSearch, type Span, createPatternSearch } from "./pattern-search.ts";
import { spellingsOf } from "./secret-spellings.ts";

/** Replaces secrets where bytes enter, before anything is parsed or stored. */
export interface Redactor {
  /** The text without the secrets; for short texts that are whole. */
  redact(text: string): string;
  /** Whether the text holds a secret in one of its spellings. */
  finds(text: string): boolean;
  /** A filter for one stream of chunks. */
  stream(): RedactingStream;
}

export interface RedactingStream {
  /** What can be passed on by now; only the beginning of a possible secret is held back. */
  push(chunk: Buffer): Buffer;
  /** The rest, after the last chunk. */
  end(): Buffer;
}

const REPLACEMENT = "[redacted]";
const REPLACEMENT_BYTES = Buffer.from(REPLACEMENT);
const NOTHING = Buffer.alloc(0);
const MAX_HELD_BYTES = 64 * 1024;

/**
 * A redactor of these secrets (those of at least 8 characters) in plain, JSON, URL and base64 spelling. It works on
 * bytes, so invalid UTF-8 and NUL pass through unchanged; without secrets it passes chunks on without a look.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  const key = JSON.stringify(secrets);
  if (latest?.key !== key) latest = { key, redactor: buildRedactor(secrets) };
  return latest.redactor;
}

/** Secrets are collected for each process and seldom change from one to the next. */
let latest: { readonly key: string; readonly redactor: Redactor } | undefined;

function buildRedactor(secrets: readonly string[]): Redactor {
  const patterns = [...new Set(secrets.flatMap(spellingsOf))].map((spelling) => Buffer.from(spelling));
  if (patterns.length === 0) return PASSING;
  const search = createPatternSearch(patterns);
  return {
    redact: (text) => redactText(text, search),
    finds: (text) => search.findAll(Buffer.from(text)).length > 0,
    stream: () => redactingStream(search),
  };
}

const PASSING: Redactor = {
  redact: (text) => text,
  finds: () => false,
  stream: () => ({ push: (chunk) => chunk, end: () => NOTHING }),
};

function redactText(text: string, search: PatternSearch): string {
  const bytes = Buffer.from(text);
  const spans = search.findAll(bytes);
  return spans.length === 0 ? text : replace(bytes, spans).toString();
}

function redactingStream(search: PatternSearch): RedactingStream {
  let held = NOTHING;
  return {
    push(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const spans = search.findAll(bytes);
      const cut = passableUpTo(bytes, search.findOpenEnd(bytes), spans);
      held = Buffer.from(bytes.subarray(cut)); // a copy, so that the chunk's memory can go
      return replace(bytes.subarray(0, cut), spans);
    },
    end() {
      const rest = replace(held, search.findAll(held));
      held = NOTHING;
      return rest;
    },
  };
}

/** A redacted stretch that reaches into the open end may still grow, so it is held back whole, within reason. */
function passableUpTo(bytes: Buffer, openEnd: number, spans: readonly Span[]): number {
  const crossing = spans.findLast(({ start, end }) => start < openEnd && end > openEnd);
  return crossing && bytes.length - crossing.start <= MAX_HELD_BYTES ? crossing.start : openEnd;
}

/** The bytes with the spans replaced that begin in them. */
function replace(bytes: Buffer, spans: readonly Span[]): Buffer {
  const inside = spans.filter(({ start }) => start < bytes.length);
  if (inside.length === 0) return bytes;
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { start, end } of inside) {
    pieces.push(bytes.subarray(at, start), REPLACEMENT_BYTES);
    at = end;
  }
  return Buffer.concat([...pieces, bytes.subarray(at)]);
}
