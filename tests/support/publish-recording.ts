/**
 * Records what a real CLI just printed, for the failure table. With LONGHAUL_RECORDINGS_PUBLISH=1 the conformance tests
 * write the files from which the unit tests read the evidence for each row.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import type { ProcessEndFields } from "../../src/core/process-end.ts";
import { RECORDINGS } from "./recorded-turn.ts";

export interface Capture {
  /** `<cli>/<name>`. */
  readonly recording: string;
  /** The directory of the attempt or compaction. */
  readonly directory: string;
  readonly end: ProcessEndFields;
  /** Lines of the session file after this moment belong to later turns. */
  readonly endedAt: string;
  readonly session: string | null;
  readonly resumed: boolean;
  readonly compaction: boolean;
  readonly root: string;
  readonly home: string;
  readonly port: number;
}

/** A live turn does not read longer lines either. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;
const MAX_STRING_CHARACTERS = 1500;
const LONGEST_LIST = 3;
const SHORTENED_LISTS = ["tools", "slash_commands", "skills", "agents"];

export function publishRecording(capture: Capture): void {
  if (process.env["LONGHAUL_RECORDINGS_PUBLISH"] !== "1") return;
  const { directory, end, session, resumed, compaction } = capture;
  const stream = readFileSync(join(directory, "events.jsonl"), "utf8");
  const raw = stream.split("\n").filter(Boolean);
  const lines = raw.map((line) => shorten(line));
  const stderr = readFileSync(join(directory, "stderr.log"), "utf8");
  write(capture, "jsonl", lines);
  write(capture, "stderr", stderr.split("\n").filter(Boolean));
  write(capture, "rollout.jsonl", sessionLines(capture, ".codex/sessions", isOfRollout));
  write(capture, "events.jsonl", sessionLines(capture, ".copilot/session-state", isOfCopilot));
  const exit = {
    exit: end.exit_code ?? null,
    signal: end.signal ?? null,
    ...(end.stopped_by === undefined ? {} : { stopped_by: end.stopped_by }),
    ...(end.os_error === undefined ? {} : { os_error: end.os_error }),
    ...(session === null ? {} : { session }),
    ...(resumed ? { resumed } : {}),
    ...(compaction ? { compaction } : {}),
    ...(raw.some(isTooLong) ? { line_too_long: true } : {}),
    ...(stream === "" || stream.endsWith("\n") ? {} : { line_cut: true }),
  };
  write(capture, "exit", [JSON.stringify(exit)]);
}

function write(capture: Capture, ending: string, lines: readonly string[]): void {
  const file = join(RECORDINGS, `${capture.recording}.${ending}`);
  const needed = lines.length > 0 || ending === "jsonl";
  if (!needed) return rmSync(file, { force: true });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, lines.map((line) => `${anonymous(line, capture)}\n`).join(""));
}

function anonymous(text: string, { root, home, port }: Capture): string {
  const places: readonly (readonly [string, string])[] = [
    [home, "/home/agent"],
    [join(root, "work"), "/workspace"],
    [root, "/scene"],
    [join(import.meta.dirname, "..", "clis"), "/opt/clis"],
  ];
  const moved = places.reduce(
    (result, [from, to]) =>
      result.replaceAll(from, to).replaceAll(from.replaceAll("/", "-"), to.replaceAll("/", "-")),
    text,
  );
  return moved.replaceAll(`127.0.0.1:${port}`, "127.0.0.1:8901").replaceAll(hostname(), "host");
}

const isTooLong = (line: string): boolean => Buffer.byteLength(line) > MAX_LINE_BYTES;

/** Truncates as a live turn does, so that the line is no JSON here either. */
function shorten(line: string): string {
  if (isTooLong(line)) return line.slice(0, 300);
  try {
    return JSON.stringify(JSON.parse(line, trimmed));
  } catch {
    return line.slice(0, MAX_STRING_CHARACTERS);
  }
}

function trimmed(key: string, value: unknown): unknown {
  if (typeof value === "string" && value.length > MAX_STRING_CHARACTERS) {
    const kept = MAX_STRING_CHARACTERS / 2;
    return `${value.slice(0, kept)}[trimmed ${value.length - kept} chars]`;
  }
  const isLongList = Array.isArray(value) && SHORTENED_LISTS.includes(key) && value.length > LONGEST_LIST;
  return isLongList ? [...value.slice(0, 2), `[trimmed ${value.length - 2} more]`] : value;
}

const isOfRollout = (line: string): boolean =>
  /"type":"(?:turn_context|token_count|task_complete)"/.test(line);
const TIMESTAMP = /"timestamp":"([^"]+)"/;
const isOfCopilot = (line: string): boolean =>
  /"type":"session\.(?:usage_record|compaction_\w+|error|truncation)"/.test(line);

function sessionLines(
  { home, session, endedAt }: Capture,
  folder: string,
  keep: (line: string) => boolean,
): readonly string[] {
  const base = join(home, folder);
  if (session === null || !existsSync(base)) return [];
  const file = readdirSync(base, { recursive: true, encoding: "utf8" }).find(
    (name) => name.includes(session) && name.endsWith(".jsonl"),
  );
  if (file === undefined) return [];
  const lines = readFileSync(join(base, file), "utf8").split("\n").filter(keep);
  return lines.filter((line) => (TIMESTAMP.exec(line)?.[1] ?? "") <= endedAt).map(shorten);
}
