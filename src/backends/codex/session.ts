import { join } from "node:path";
import { tokensOf, type Usage } from "../../core/usage.ts";
import { isJsonObject } from "../../core/json.ts";
import type { Environment } from "../backend.ts";
import { at, numberAt, textAt } from "../json-path.ts";
import { findFile, followJsonLines, jsonLines, sizeOf, writtenAtMs } from "../session-file.ts";

/** Where a turn's own lines begin in its session file, and what the thread had used before it. */
export interface SessionMark {
  readonly bytes: number;
  readonly totals: TokenTotals | undefined;
}
type TokenTotals = Readonly<Record<"input" | "cached" | "output" | "reasoning", number>>;

/** What codex's session file says about one turn: the structured source that its stream lacks. */
export interface SessionFacts {
  readonly errorInfo: string | undefined;
  readonly httpStatus: number | null | undefined;
  readonly errorMessage: string | undefined;
  readonly resetsAtMs: number | undefined;
  readonly window: "session" | "weekly" | undefined;
  readonly model: string | undefined;
  readonly usage: Usage | undefined;
}

export const codexHome = (environment: Environment): string =>
  environment["CODEX_HOME"] ?? join(environment["HOME"] ?? "/", ".codex");

export async function findSession(
  environment: Environment,
  threadId: string | null,
): Promise<string | undefined> {
  if (threadId === null) return undefined;
  return findFile(join(codexHome(environment), "sessions"), `-${threadId}.jsonl`);
}

/** Taken before a turn: codex counts tokens over the whole thread. */
export async function markSession(file: string | undefined): Promise<SessionMark> {
  let totals: TokenTotals | undefined;
  for await (const line of jsonLines({ file, fromByte: 0, mentioning: [TOTALS] }))
    totals = totalsIn(line) ?? totals;
  return { bytes: await sizeOf(file), totals };
}

export async function readSession(file: string | undefined, mark: SessionMark): Promise<SessionFacts> {
  return sessionFacts(await lastOfEachKind(file, mark.bytes), mark.totals);
}

/** What was used since a moment, for a turn that nobody saw begin. */
export async function usageSinceTime(file: string | undefined, sinceMs: number): Promise<Usage | undefined> {
  let before: TokenTotals | undefined;
  let after: TokenTotals | undefined;
  for await (const line of jsonLines({ file, fromByte: 0, mentioning: [TOTALS] })) {
    const totals = totalsIn(line);
    if (totals === undefined) continue;
    if (writtenAtMs(line) < sinceMs) before = totals;
    if (writtenAtMs(line) >= sinceMs) after = totals;
  }
  return usageSince(before, after);
}

const TOTALS = "total_token_usage";

/** All that a turn's own lines are read for, however many there are. */
async function lastOfEachKind(file: string | undefined, fromByte: number): Promise<readonly unknown[]> {
  const last = new Map<string, unknown>();
  const mentioning = ["task_complete", "turn_context", "token_count"];
  for await (const line of jsonLines({ file, fromByte, mentioning }))
    for (const kind of kindsOf(line)) last.set(kind, line);
  return [...new Set(last.values())];
}

const kindsOf = (line: unknown): readonly string[] => [
  ...(payloadType(line) === "task_complete" ? ["complete"] : []),
  ...(textAt(line, "type") === "turn_context" ? ["context"] : []),
  ...(totalsIn(line) === undefined ? [] : ["totals"]),
  ...(isJsonObject(at(line, "payload", "rate_limits")) ? ["limits"] : []),
];

/** The tokens of a running turn, read from the session file as codex counts them there; undefined before it does. */
export function followTokens(
  locate: () => Promise<string | undefined>,
  mark: SessionMark,
): () => Promise<number | undefined> {
  const news = followJsonLines(mark.bytes);
  let file: string | undefined;
  let totals: TokenTotals | undefined;
  return async () => {
    file ??= await locate();
    if (file === undefined) return undefined;
    totals = lastTotals(await news(file)) ?? totals;
    const usage = usageSince(mark.totals, totals);
    return usage && tokensOf(usage);
  };
}

/** Pure reading of a turn's own lines. */
export function sessionFacts(lines: readonly unknown[], before: TokenTotals | undefined): SessionFacts {
  const complete = lines.findLast((line) => payloadType(line) === "task_complete");
  const error = at(complete, "payload", "error");
  const { errorInfo, httpStatus } = readErrorInfo(at(error, "codex_error_info"));
  const context = lines.findLast((line) => textAt(line, "type") === "turn_context");
  return {
    errorInfo,
    httpStatus,
    errorMessage: textAt(error, "message"),
    ...exhaustedWindow(lines),
    model: textAt(context, "payload", "model"),
    usage: usageSince(before, lastTotals(lines)),
  };
}

const payloadType = (line: unknown): string | undefined => textAt(line, "payload", "type");

/** `codex_error_info` is a word, or an object whose single key is the word and whose value has the HTTP status. */
function readErrorInfo(info: unknown): Pick<SessionFacts, "errorInfo" | "httpStatus"> {
  if (typeof info === "string") return { errorInfo: info, httpStatus: undefined };
  if (!isJsonObject(info)) return { errorInfo: undefined, httpStatus: undefined };
  const [word] = Object.keys(info);
  if (word === undefined) return { errorInfo: undefined, httpStatus: undefined };
  return { errorInfo: word, httpStatus: numberAt(info, word, "http_status_code") ?? null };
}

const EXHAUSTED_PERCENT = 100;
const MINUTES_PER_DAY = 1440;
const MS_PER_SECOND = 1000;

/** Of the windows that are used up, the one that opens last. */
function exhaustedWindow(lines: readonly unknown[]): Pick<SessionFacts, "resetsAtMs" | "window"> {
  const limits = lines
    .filter((line) => payloadType(line) === "token_count")
    .map((line) => at(line, "payload", "rate_limits"))
    .findLast(isJsonObject);
  const windows = ["primary", "secondary"]
    .map((name) => at(limits, name))
    .filter((window) => (numberAt(window, "used_percent") ?? 0) >= EXHAUSTED_PERCENT)
    .map((window) => ({
      resetsAt: numberAt(window, "resets_at"),
      minutes: numberAt(window, "window_minutes") ?? 0,
    }))
    .toSorted((left, right) => (left.resetsAt ?? 0) - (right.resetsAt ?? 0));
  const last = windows.at(-1);
  if (last?.resetsAt === undefined) return { resetsAtMs: undefined, window: undefined };
  const window = last.minutes > MINUTES_PER_DAY ? "weekly" : "session";
  return { resetsAtMs: last.resetsAt * MS_PER_SECOND, window };
}

const lastTotals = (lines: readonly unknown[]): TokenTotals | undefined =>
  lines.map(totalsIn).findLast((totals) => totals !== undefined);

function totalsIn(line: unknown): TokenTotals | undefined {
  const totals = at(line, "payload", "info", TOTALS);
  if (!isJsonObject(totals)) return undefined;
  return {
    input: numberAt(totals, "input_tokens") ?? 0,
    cached: numberAt(totals, "cached_input_tokens") ?? 0,
    output: numberAt(totals, "output_tokens") ?? 0,
    reasoning: numberAt(totals, "reasoning_output_tokens") ?? 0,
  };
}

/** Absent when the session did not count, or counts from zero again after its window overflowed. */
function usageSince(before: TokenTotals | undefined, after: TokenTotals | undefined): Usage | undefined {
  if (after === undefined) return undefined;
  const input = after.input - (before?.input ?? 0);
  const cached = after.cached - (before?.cached ?? 0);
  const output = after.output - (before?.output ?? 0);
  const reasoning = after.reasoning - (before?.reasoning ?? 0);
  if (input < 0 || output < 0 || cached < 0 || reasoning < 0) return undefined;
  if (input === 0 && output === 0) return undefined;
  return {
    input_tokens: input - cached,
    cache_read_tokens: cached,
    output_tokens: output,
    reasoning_tokens: reasoning,
    unpriced_turns: 1,
  };
}
