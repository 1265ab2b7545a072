import { join } from "node:path";
import { tokensOf, type Usage } from "../../core/usage.ts";
import { isJsonObject } from "../../core/json.ts";
import type { Environment } from "../backend.ts";
import { at, numberAt, textAt } from "../json-path.ts";
import { findFile, followJsonLines, jsonLines, sizeOf, writtenAtMs } from "../session-file.ts";

/** Where a turn's own lines begin in its session file, and the thread's usage before it. */
export interface SessionMark {
  readonly bytes: number;
  readonly totals: TokenTotals | undefined;
}
type TokenTotals = Readonly<Record<"input" | "cached" | "output" | "reasoning", number>>;

/** The facts about one turn in codex's session file, which has the structured data that its stream lacks. */
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

/** Call it before a turn, because codex counts tokens over the whole thread. */
export async function markSession(file: string | undefined): Promise<SessionMark> {
  let totals: TokenTotals | undefined;
  for await (const line of jsonLines({ file, fromByte: 0, mentioning: [TOTALS] }))
    totals = totalsIn(line) ?? totals;
  return { bytes: await sizeOf(file), totals };
}

export async function readSession(file: string | undefined, mark: SessionMark): Promise<SessionFacts> {
  return sessionFacts(await lastOfEachKind(file, mark.bytes), mark.totals);
}

/** The usage since a time, for a turn whose start no mark records. */
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

/** The last line of each kind that matters. Memory stays bounded, however many lines a turn has. */
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

/** The tokens of a running turn, from codex's counts in the session file; undefined before its first count. */
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

/** Derives the facts from a turn's own lines. Pure. */
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

/** `codex_error_info` is a word, or an object whose only key is the word and whose value has the HTTP status. */
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

/** Of the used-up windows, the one that reopens last. */
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

/** Undefined when the session has no counts, or counts from zero again after its window overflowed. */
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
