import { join } from "node:path";
import type { Usage } from "../core/usage.ts";
import { addUsage, tokensOf } from "../core/usage.ts";
import type { Environment } from "./backend.ts";
import { at, numberAt, textAt } from "./json-path.ts";
import { followJsonLines, readJsonLines } from "./session-file.ts";

export const copilotHome = (environment: Environment): string =>
  environment["COPILOT_HOME"] ?? join(environment["HOME"] ?? "/", ".copilot");

export const sessionEvents = (environment: Environment, sessionId: string | null): string | undefined =>
  sessionId === null ? undefined : join(copilotHome(environment), "session-state", sessionId, "events.jsonl");

export interface CompactionOutcome {
  readonly success: boolean;
  readonly error: string | undefined;
  /** copilot's own word for why it failed, and the status that the API answered with. */
  readonly failure: string | undefined;
  readonly status: number | undefined;
}

/** What a turn left in the session's own event file, from the byte at which the turn began. */
export interface SessionNews {
  readonly usage: Usage | undefined;
  /** How a compaction ended; undefined when there was none. */
  readonly compaction: CompactionOutcome | undefined;
}

export async function readNews(file: string | undefined, fromByte: number): Promise<SessionNews> {
  return sessionNews(await readJsonLines(file, fromByte));
}

/** The tokens of a running turn, summed from the session's file as its calls are recorded there. */
export function followTokens(file: string | undefined, fromByte: number): () => Promise<number | undefined> {
  const news = followJsonLines(fromByte);
  let tokens = 0;
  return async () => {
    if (file === undefined) return undefined;
    tokens += tokensOf(sessionNews(await news(file)).usage ?? {});
    return tokens === 0 ? undefined : tokens;
  };
}

/** Pure reading of a turn's own lines. */
export function sessionNews(lines: readonly unknown[]): SessionNews {
  const calls = lines
    .filter((line) => textAt(line, "type") === "session.usage_record")
    .map((line) => callUsage(at(line, "data", "usage")));
  const complete = lines.findLast((line) => textAt(line, "type") === "session.compaction_complete");
  return {
    usage: calls.length === 0 ? undefined : { ...calls.reduce(addUsage, {}), unpriced_turns: 1 },
    compaction:
      complete === undefined
        ? undefined
        : {
            success: at(complete, "data", "success") === true,
            error: textAt(complete, "data", "error"),
            failure: textAt(complete, "data", "failureReason"),
            status: numberAt(complete, "data", "statusCode"),
          },
  };
}

/** copilot counts cached tokens as input too; here input is what was not in the cache. */
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
