/** Plays a recording of a real CLI through its backend: reads it as in a live turn, without the process. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CliName, CompactionReport, EndedProcess, Environment } from "../../src/backends/backend.ts";
import { createLineFacts } from "../../src/backends/line-facts.ts";
import type { TurnReport } from "../../src/backends/turn-report.ts";
import type { ProcessEnd, StoppedBy } from "../../src/core/process-end.ts";
import { BACKENDS } from "../../src/backends/table.ts";
import type { Activity } from "../../src/process/activity-clock.ts";

export const RECORDINGS = join(dirname(fileURLToPath(import.meta.url)), "..", "fixtures", "recordings");
/** When the recordings were made; the reset times in them are about three hours later. */
export const RECORDED_AT_MS = Date.UTC(2026, 10, 21, 8, 0, 0);

export interface RecordingOptions {
  /** The session file cannot be read. */
  readonly withoutSessionFile?: boolean;
  readonly stoppedBy?: StoppedBy;
}

export interface PlayedTurn {
  readonly report: TurnReport;
  readonly activities: readonly Activity[];
}

export async function playTurn(
  cli: CliName,
  name: string,
  options: RecordingOptions = {},
): Promise<PlayedTurn> {
  return inHome(async (home) => {
    const environment = { HOME: home };
    const turn = await BACKENDS[cli].beginTurn({
      prompt: "Say hello.",
      session: { id: sessionIdIn(cli, name), fresh: endIn(cli, name).resumed !== true },
      cwd: "/workspace",
      addDirs: [],
      environment,
      model: undefined,
      effort: undefined,
      outputSchema: undefined,
      attemptDir: home,
      asRoot: false,
    });
    if (options.withoutSessionFile !== true) placeSessionFile(cli, name, environment);
    const activities = streamLines(cli, name).map(turn.push);
    return { report: await turn.finish(ending(cli, name, options)), activities };
  });
}

export async function playCompaction(cli: CliName, name: string): Promise<CompactionReport> {
  return inHome(async (home) => {
    const environment = { HOME: home };
    const sessionId =
      endIn(cli, name).session ?? sessionIdIn(cli, name) ?? "00000000-0000-4000-8000-000000000000";
    const compaction = await BACKENDS[cli].beginCompaction({
      sessionId,
      cwd: "/workspace",
      environment,
      model: undefined,
      asRoot: false,
    });
    placeSessionFile(cli, name, environment);
    for (const line of streamLines(cli, name)) compaction.push(line);
    return compaction.finish(ending(cli, name, {}));
  });
}

export const streamLines = (cli: CliName, name: string): readonly string[] =>
  (readRecording(cli, `${name}.jsonl`) ?? "").split("\n").filter((line) => line !== "");

async function inHome<T>(use: (home: string) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), "longhaul-recorded-"));
  try {
    return await use(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** The content of `<name>.exit`: how the process ended, and what the stream does not show. */
interface RecordedEnd {
  readonly exit?: number | null;
  readonly signal?: string | null;
  readonly stopped_by?: StoppedBy;
  readonly os_error?: string;
  readonly session?: string;
  /** The turn continued `session`. */
  readonly resumed?: boolean;
  readonly compaction?: boolean;
  readonly line_too_long?: boolean;
  readonly line_cut?: boolean;
}

export const endIn = (cli: CliName, name: string): RecordedEnd =>
  JSON.parse(readRecording(cli, `${name}.exit`) ?? "{}") as RecordedEnd; // written by the recorder

function ending(cli: CliName, name: string, options: RecordingOptions): EndedProcess {
  const { exit = null, signal, os_error: osError, ...recorded } = endIn(cli, name);
  const stoppedBy = options.stoppedBy ?? recorded.stopped_by;
  const stopped = stoppedBy === undefined ? {} : { stoppedBy };
  const lineFacts = createLineFacts();
  lineFacts.note({ truncated: recorded.line_too_long === true, unended: recorded.line_cut === true });
  const end: ProcessEnd =
    exit === null
      ? { kind: "signalled", signal: signal ?? "SIGKILL", ...stopped }
      : { kind: "exited", code: exit, ...stopped };
  return {
    end: osError === undefined ? end : { kind: "not_started", code: osError, message: "It did not start." },
    stderrTail: readRecording(cli, `${name}.stderr`) ?? "",
    endedAtMs: RECORDED_AT_MS,
    lineFacts: lineFacts.soFar(),
  };
}

/** The session that the turn opens or continues: from the stream, else from the recorder's notes. */
function sessionIdIn(cli: CliName, name: string): string | null {
  const { session = null, resumed } = endIn(cli, name);
  if (cli === "codex") return resumed === true ? session : null;
  const text = readRecording(cli, `${name}.jsonl`) ?? "";
  return /"(?:session_id|sessionId)":"([^"]+)"/u.exec(text)?.[1] ?? session;
}

/** Puts the file where the CLI would have written it. */
function placeSessionFile(cli: CliName, name: string, { HOME = "" }: Environment): void {
  const rollout = readRecording(cli, `${name}.rollout.jsonl`);
  const stream = readRecording(cli, `${name}.jsonl`) ?? "";
  const thread = /"thread(?:_id|Id)":"([^"]+)"/u.exec(stream)?.[1] ?? endIn(cli, name).session;
  if (rollout !== undefined && thread !== undefined) {
    write(join(HOME, ".codex", "sessions", "2026", "11", "21", `rollout-x-${thread}.jsonl`), rollout);
  }
  const events = readRecording(cli, `${name}.events.jsonl`);
  const session = sessionIdIn(cli, name) ?? "";
  if (events !== undefined && session !== "") {
    write(join(HOME, ".copilot", "session-state", session, "events.jsonl"), events);
  }
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function readRecording(cli: CliName, file: string): string | undefined {
  const path = join(RECORDINGS, cli, file);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
