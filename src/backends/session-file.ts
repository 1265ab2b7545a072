import { open, readdir, stat } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { isJsonObject } from "../core/json.ts";
import { readLines } from "../process/line-splitter.ts";
import { parseJsonLine, textAt } from "./json-path.ts";

/** Size of a file in bytes, 0 when it does not exist: the next turn's lines begin there. */
export async function sizeOf(file: string | undefined): Promise<number> {
  if (file === undefined) return 0;
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}

export interface WantedLines {
  readonly file: string | undefined;
  readonly fromByte: number;
  /** Only lines with one of these words are parsed. Sessions of days have hundreds of megabytes of others. */
  readonly mentioning: readonly string[];
}

/** The JSON lines of a session file, one at a time; none when the file does not exist. */
export async function* jsonLines({
  file,
  fromByte,
  mentioning,
}: WantedLines): AsyncGenerator<unknown, void, undefined> {
  if (file === undefined || (await sizeOf(file)) <= fromByte) return;
  for await (const { text } of readLines(createReadStream(file, { start: fromByte }))) {
    const parsed = mentioning.some((word) => text.includes(word)) ? parseJsonLine(text) : undefined;
    if (parsed !== undefined) yield parsed;
  }
}

/**
 * When a line was written. codex and copilot date every line. A line without a time gives NaN, which is neither before
 * nor after any moment: nobody knows whose turn it belongs to, and a turn must not be charged for another's usage.
 */
export const writtenAtMs = (line: unknown): number => Date.parse(textAt(line, "timestamp") ?? "");

/** The most that one read of a growing session takes. */
const MAX_NEWS_BYTES = 1024 * 1024;

/** Reads a growing session file from a byte offset on. Each call returns the complete lines since the last one. */
export function followJsonLines(fromByte: number): (file: string) => Promise<readonly unknown[]> {
  let position = fromByte;
  return async (file) => {
    const handle = await open(file, "r");
    try {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(MAX_NEWS_BYTES),
        0,
        MAX_NEWS_BYTES,
        position,
      );
      const news = buffer.subarray(0, bytesRead);
      const wholeLines = news.subarray(0, news.lastIndexOf(NEWLINE) + 1);
      // A line longer than one read is skipped in pieces that do not parse as JSON.
      position += wholeLines.length === 0 && bytesRead === MAX_NEWS_BYTES ? bytesRead : wholeLines.length;
      return wholeLines.toString("utf8").split("\n").map(parseJsonLine);
    } finally {
      await handle.close();
    }
  };
}

const NEWLINE = 0x0a;

/** The first file below `directory` whose name ends with `suffix`; undefined when none exists. */
export async function findFile(directory: string, suffix: string): Promise<string | undefined> {
  try {
    const names = await readdir(directory, { recursive: true });
    const found = names.find((name) => name.endsWith(suffix));
    return found === undefined ? undefined : join(directory, found);
  } catch {
    return undefined; // the CLI has never run here
  }
}

const PROMPT_PROBE_CHARACTERS = 200;

/** Whether a session file contains the prompt: some string in it contains the prompt's beginning. */
export async function holdsPrompt(file: string | undefined, prompt: string): Promise<boolean> {
  const probe = prompt.trim().slice(0, PROMPT_PROBE_CHARACTERS);
  if (file === undefined || probe === "") return false;
  for await (const line of jsonLines({ file, fromByte: 0, mentioning: [longestPlainWords(probe)] }))
    if (containsText(line, probe)) return true;
  return false;
}

/** The words that JSON never escapes, so they appear literally; empty for a prompt without such words. */
const longestPlainWords = (text: string): string =>
  (text.match(/[A-Za-z0-9 ]+/g) ?? []).reduce(
    (longest, words) => (words.length > longest.length ? words : longest),
    "",
  );

function containsText(value: unknown, probe: string): boolean {
  if (typeof value === "string") return value.includes(probe);
  if (Array.isArray(value)) return value.some((item) => containsText(item, probe));
  return isJsonObject(value) && Object.values(value).some((item) => containsText(item, probe));
}

/** Reads a small text file; undefined when it cannot be read. */
export async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    const handle = await open(file, "r");
    try {
      return await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}
