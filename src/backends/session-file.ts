import { open, readdir, stat } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isJsonObject } from "../core/json.ts";
import { parseJsonLine } from "./json-path.ts";

/** Size of a file in bytes, 0 when there is none: where the next turn's lines will begin. */
export async function sizeOf(file: string | undefined): Promise<number> {
  if (file === undefined) return 0;
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}

/** The JSON lines of a session file from a byte offset on; empty when the file is not there. */
export async function readJsonLines(file: string | undefined, fromByte: number): Promise<readonly unknown[]> {
  if (file === undefined || (await sizeOf(file)) <= fromByte) return [];
  const lines: unknown[] = [];
  const input = createReadStream(file, { start: fromByte });
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    const parsed = parseJsonLine(line);
    if (parsed !== undefined) lines.push(parsed);
  }
  return lines;
}

/** At most this much is read in one look at a session that grows. */
const MAX_NEWS_BYTES = 1024 * 1024;

/** Reads a growing session file from a byte offset on: each call returns the whole lines since the one before. */
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
      // A line that is longer than one look is passed over in pieces that are no JSON.
      position += wholeLines.length === 0 && bytesRead === MAX_NEWS_BYTES ? bytesRead : wholeLines.length;
      return wholeLines.toString("utf8").split("\n").map(parseJsonLine);
    } finally {
      await handle.close();
    }
  };
}

const NEWLINE = 0x0a;

/** The first file below `directory` whose name ends with `suffix`; undefined when there is none. */
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

/** Whether a session file holds the prompt: some string in it contains the prompt's beginning. */
export async function holdsPrompt(file: string | undefined, prompt: string): Promise<boolean> {
  const probe = prompt.trim().slice(0, PROMPT_PROBE_CHARACTERS);
  if (file === undefined || probe === "") return false;
  const lines = await readJsonLines(file, 0);
  return lines.some((line) => containsText(line, probe));
}

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
