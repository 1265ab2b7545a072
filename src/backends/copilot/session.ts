import { join } from "node:path";
import type { Usage } from "../../core/usage.ts";
import { addUsage, tokensOf } from "../../core/usage.ts";
import type { Environment } from "../backend.ts";
import { at, numberAt, textAt } from "../json-path.ts";
import { followJsonLines, jsonLines, writtenAtMs } from "../session-file.ts";

export const copilotHome = (environment: Environment): string =>
  environment["COPILOT_HOME"] ?? join(environment["HOME"] ?? "/", ".copilot");

export const sessionEvents = (environment: Environment, sessionId: string | null): string | undefined =>
  sessionId === null ? undefined : join(copilotHome(environment), "session-state", sessionId, "events.jsonl");

export interface CompactionOutcome {
  readonly success: boolean;
  readonly error: string | undefined;
  /** copilot's own word for the failure, and the status of the API's answer. */
  readonly failure: string | undefined;
  readonly status: number | undefined;
}

/** What a turn left in the session's event file, from the byte at which the turn began. */
export interface SessionNews {
  readonly usage: Usage | undefined;
  /** How a compaction ended; undefined when none ran. */
  readonly compaction: CompactionOutcome | undefined;
}

export async function readNews(file: string | undefined, fromByte: number): Promise<SessionNews> {
  let news = NO_NEWS;
  for await (const line of jsonLines({ file, fromByte, mentioning: NEWS })) news = withLine(news, line);
  return news;
}

/** The same for a turn whose start no mark records: everything since a time. */
export async function readNewsSince(file: string | undefined, sinceMs: number): Promise<SessionNews> {
  let news = NO_NEWS;
  for await (const line of jsonLines({ file, fromByte: 0, mentioning: NEWS })) {
    if (writtenAtMs(line) >= sinceMs) news = withLine(news, line);
  }
  return news;
}

const USED = "session.usage_record";
const COMPACTED = "session.compaction_complete";
const NEWS = [USED, COMPACTED];
const NO_NEWS: SessionNews = { usage: undefined, compaction: undefined };

/** The tokens of a running turn, summed from its calls in the session file. */
export function followTokens(file: string | undefined, fromByte: number): () => Promise<number | undefined> {
  const news = followJsonLines(fromByte);
  let tokens = 0;
  return async () => {
    if (file === undefined) return undefined;
    tokens += tokensOf(sessionNews(await news(file)).usage ?? {});
    return tokens === 0 ? undefined : tokens;
  };
}

const sessionNews = (lines: readonly unknown[]): SessionNews => lines.reduce<SessionNews>(withLine, NO_NEWS);

function withLine(news: SessionNews, line: unknown): SessionNews {
  switch (textAt(line, "type")) {
    case USED: {
      const sum = addUsage(news.usage ?? {}, callUsage(at(line, "data", "usage")));
      return { ...news, usage: { ...sum, unpriced_turns: 1 } };
    }
    case COMPACTED:
      return { ...news, compaction: compactionOutcome(at(line, "data")) };
    default:
      return news;
  }
}

const compactionOutcome = (data: unknown): CompactionOutcome => ({
  success: at(data, "success") === true,
  error: textAt(data, "error"),
  failure: textAt(data, "failureReason"),
  status: numberAt(data, "statusCode"),
});

/** copilot counts cached tokens as input too; here input excludes them. */
function callUsage(record: unknown): Usage {
  const cached = numberAt(record, "cacheReadTokens") ?? 0;
  const input = numberAt(record, "inputTokens");
  const output = numberAt(record, "outputTokens");
  const written = numberAt(record, "cacheWriteTokens");
  return {
    ...(input === undefined ? {} : { input_tokens: Math.max(input - cached, 0), cache_read_tokens: cached }),
    ...(output === undefined ? {} : { output_tokens: output }),
    ...(written === undefined ? {} : { cache_write_tokens: written }),
  };
}
