import { type PatternSearch, type Span, createPatternSearch } from "./pattern-search.ts";
import { MIN_SECRET_LENGTH, spellingsOf } from "./secret-spellings.ts";
import { type UnescapedView, hasEscapes, openEscape, unescapedView } from "./unescaped-view.ts";

/** Replaces secrets where bytes enter Longhaul, before it parses or stores them. */
export interface Redactor {
  /** The text without the secrets. For short, complete texts. */
  redact(text: string): string;
  /** Whether the text contains a secret in one of its spellings. */
  finds(text: string): boolean;
  /** A filter for one stream of chunks. */
  stream(): RedactingStream;
}

export interface RedactingStream {
  /** Returns what can be passed on already. Keeps back only the beginning of a possible secret. */
  push(chunk: Buffer): Buffer;
  /** The rest, after the last chunk. */
  end(): Buffer;
}

const REPLACEMENT = "[redacted]";
const REPLACEMENT_BYTES = Buffer.from(REPLACEMENT);
const NOTHING = Buffer.alloc(0);
const MAX_HELD_BYTES = 64 * 1024;

/**
 * A redactor for these secrets (those of at least 8 characters) in plain, JSON, URL and base64 spelling. It works on
 * bytes, so invalid UTF-8 and NUL pass unchanged. Without secrets it passes chunks on unread.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  const key = JSON.stringify(secrets);
  if (latest?.key !== key) latest = { key, redactor: buildRedactor(secrets) };
  return latest.redactor;
}

/** Cached, because the secrets are collected for each process and seldom change. */
let latest: { readonly key: string; readonly redactor: Redactor } | undefined;

function buildRedactor(secrets: readonly string[]): Redactor {
  const patterns = [...new Set(secrets.flatMap(spellingsOf))].map((spelling) => Buffer.from(spelling));
  if (patterns.length === 0) return PASSING;
  const search = createSearch(patterns);
  return {
    redact: (text) => redactText(text, search),
    finds: (text) => search.findAll(Buffer.from(text)).length > 0,
    stream: () => redactingStream(search),
  };
}

/** Searches the bytes and, where they contain escapes, the unescaped bytes. */
function createSearch(patterns: readonly Buffer[]): PatternSearch {
  const plain = createPatternSearch(patterns);
  const unescaped = patterns.some(hasEscapes)
    ? createPatternSearch(patterns.flatMap(unescapedPattern))
    : plain;
  let last: { readonly of: Buffer; readonly view: UnescapedView } | undefined;
  const viewOf = (bytes: Buffer) => {
    if (last?.of !== bytes) last = { of: bytes, view: unescapedView(bytes) };
    return last.view;
  };
  return {
    findAll(bytes) {
      const spans = plain.findAll(bytes);
      if (!hasEscapes(bytes)) return spans;
      const view = viewOf(bytes);
      const more = unescaped.findAll(view.bytes).map(({ start, end }) => ({
        start: view.originalStart(start),
        end: view.originalEnd(end),
      }));
      return more.length === 0 ? spans : united([...spans, ...more]);
    },
    findOpenEnd(bytes) {
      const open = plain.findOpenEnd(bytes);
      if (!hasEscapes(bytes)) return open;
      const complete = openEscape(bytes);
      const view = complete === bytes.length ? viewOf(bytes) : unescapedView(bytes.subarray(0, complete));
      const viewOpen = unescaped.findOpenEnd(view.bytes);
      return Math.min(open, viewOpen < view.bytes.length ? view.originalStart(viewOpen) : complete);
    },
  };
}

const unescapedPattern = (pattern: Buffer): readonly Buffer[] => {
  const { bytes } = unescapedView(pattern);
  return bytes.length < MIN_SECRET_LENGTH ? [] : [bytes];
};

/** Merges spans that touch or overlap, and orders them. */
function united(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = [];
  for (const span of spans.toSorted((left, right) => left.start - right.start)) {
    const previous = result.at(-1);
    if (previous === undefined || previous.end <= span.start) result.push(span);
    else result[result.length - 1] = { start: previous.start, end: Math.max(previous.end, span.end) };
  }
  return result;
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
  let pending = NOTHING;
  return {
    push(chunk) {
      const bytes = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const spans = search.findAll(bytes);
      const cut = passableUpTo(bytes, search.findOpenEnd(bytes), spans);
      pending = Buffer.from(bytes.subarray(cut)); // a copy, so that the chunk's memory can be freed
      return replace(bytes.subarray(0, cut), spans);
    },
    end() {
      const rest = replace(pending, search.findAll(pending));
      pending = NOTHING;
      return rest;
    },
  };
}

/** A redacted range that reaches into the open end may still grow, so all of it is kept back, within limits. */
function passableUpTo(bytes: Buffer, openEnd: number, spans: readonly Span[]): number {
  const crossing = spans.findLast(({ start, end }) => start < openEnd && end > openEnd);
  return crossing && bytes.length - crossing.start <= MAX_HELD_BYTES ? crossing.start : openEnd;
}

/** Replaces the spans that begin in these bytes. */
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

/**
 * The same value with the secrets replaced in every string and key. It catches spellings that only a parser undoes, and
 * covers data that did not come from a process.
 */
export function withoutSecrets<Value>(value: Value, redactor: Redactor): Value {
  if (!redactor.finds(JSON.stringify(value))) return value;
  return redactValue(value, redactor) as Value; // the same shape, string by string
}

function redactValue(value: unknown, redactor: Redactor): unknown {
  if (typeof value === "string") return redactor.redact(value);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redactor));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [redactor.redact(key), redactValue(item, redactor)]),
  );
}
