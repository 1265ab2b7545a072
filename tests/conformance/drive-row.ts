/** One turn of a real CLI, started as Longhaul starts it but without Longhaul around it, and the row that decides about it. */
import { spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import type { EndedProcess, Turn, TurnRequest } from "../../src/backends/backend.ts";
import { createLineFacts } from "../../src/backends/line-facts.ts";
import { BACKENDS } from "../../src/backends/table.ts";
import { readLines } from "../../src/process/line-splitter.ts";
import { findRow } from "../../src/recovery/classify.ts";
import { type CliSetting, prepareCli } from "../support/cli-environment.ts";
import { type CliName, installClis } from "../support/clis.ts";
import type { Script } from "../support/model-server/cursor.ts";
import { startModelServer } from "../support/model-server/server.ts";

export interface DrivenTurn {
  readonly script?: Script;
  readonly prompt?: string;
  readonly login?: NonNullable<CliSetting["login"]>;
  /** Added to what Longhaul would give. */
  readonly args?: readonly string[];
  /** Undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly session?: TurnRequest["session"];
  readonly schema?: TurnRequest["outputSchema"];
  /** Done before the turn, in its place; may find out which session it is to continue. */
  readonly before?: (place: DrivenPlace) => Promise<TurnRequest["session"]> | Promise<void> | void;
  /** The session is compacted instead of asked. */
  readonly compaction?: boolean;
  /** The session's file cannot be read afterwards, so that only words are left. */
  readonly withoutSessionFile?: boolean;
}

export interface DrivenPlace {
  readonly home: string;
  /** Another turn in the same place, to its end. */
  readonly turn: (session: TurnRequest["session"]) => Promise<void>;
  /** The same, but only until the model is asked for the nth time. */
  readonly turnUntilRequest: (n: number, session: TurnRequest["session"]) => Promise<void>;
}

/** The id of the row that decides about the turn. */
export async function driveTurn(cli: CliName, driven: DrivenTurn): Promise<string> {
  const clis = await installClis();
  const server = await startModelServer(driven.script ?? []);
  const home = realpathSync(mkdtempSync(join(tmpdir(), "longhaul-row-")));
  const prepared = await prepareCli({ ...driven, cli, clis, serverUrl: server.url, home });
  const environment = { ...prepared, CLAUDE_CODE_MAX_RETRIES: "0", ...driven.env };
  const kill: (() => void)[] = [];
  onTestFinished(async () => {
    for (const stop of kill) stop();
    await server.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });
  const begin = (session: TurnRequest["session"]) => beginTurn(cli, { driven, home, environment, session });
  const start = async (session: TurnRequest["session"]) => {
    const running = run(await begin(session), { home, environment, args: [] });
    kill.push(running.kill);
    return running;
  };
  const found = await driven.before?.({
    home,
    turn: async (session) => void (await (await start(session)).ended),
    turnUntilRequest: async (n, session) => {
      await start(session);
      await server.waitForRequest(n);
    },
  });
  const session = found ?? driven.session ?? freshSession(cli);
  const begun =
    driven.compaction === true
      ? await beginCompaction(cli, { home, environment, session })
      : await begin(session);
  const { stdout, ended } = await run(begun, { home, environment, args: driven.args ?? [] }).ended;
  const lineFacts = createLineFacts();
  for await (const line of readLines(Readable.from([Buffer.from(stdout)]))) {
    lineFacts.note(line);
    begun.push(line.text);
  }
  if (driven.withoutSessionFile === true) rmSync(join(home, SESSIONS[cli]), { recursive: true });
  return findRow(await begun.finish({ ...ended, lineFacts: lineFacts.soFar() })).id;
}

const SESSIONS: Readonly<Record<CliName, string>> = {
  claude: ".claude/projects",
  codex: ".codex/sessions",
  copilot: ".copilot/session-state",
};

async function beginCompaction(
  cli: CliName,
  { home, environment, session }: Place & { readonly session: TurnRequest["session"] },
) {
  const asRoot = process.getuid?.() === 0;
  const place = { cwd: home, environment, model: undefined, asRoot };
  const { finish, ...compaction } = await BACKENDS[cli].beginCompaction({
    ...place,
    sessionId: session.id ?? "",
  });
  const report = async (ended: EndedProcess) => {
    const told = (await finish(ended)).report;
    return { ...told, facts: { ...told.facts, compacting: true } };
  };
  return { ...compaction, finish: report };
}

export const freshSession = (cli: CliName): TurnRequest["session"] => ({
  id: cli === "codex" ? null : randomUUID(),
  fresh: true,
});

interface Place {
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

async function beginTurn(
  cli: CliName,
  { driven, home, environment, session }: Place & { driven: DrivenTurn; session: TurnRequest["session"] },
): Promise<Turn> {
  const turn = await BACKENDS[cli].beginTurn({
    prompt: driven.prompt ?? "Say hello.",
    session,
    cwd: home,
    addDirs: [],
    environment,
    model: undefined,
    effort: undefined,
    outputSchema: driven.schema,
    attemptDir: home,
    asRoot: process.getuid?.() === 0,
  });
  for (const { path, content } of turn.command.files) writeFileSync(path, content);
  return turn;
}

interface Ran {
  readonly stdout: string;
  readonly ended: Omit<EndedProcess, "lineFacts">;
}

function run(
  { command }: Pick<Turn, "command">,
  { home, environment, args }: Place & { readonly args: readonly string[] },
) {
  const env = { ...command.environment, ...environment };
  const child = spawn(command.file, [...command.args, ...args], { cwd: home, env, detached: true });
  child.stdin.on("error", () => {}); // it ended without reading its prompt
  child.stdin.end(command.stdin);
  const exit = new Promise<EndedProcess["end"]>((resolve) => {
    child.once("close", (code, signal) =>
      resolve(code === null ? { kind: "signalled", signal: String(signal) } : { kind: "exited", code }),
    );
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), exit]).then(
    ([stdout, stderr, end]): Ran => ({
      stdout,
      ended: { end, stderrTail: stderr.slice(-8192), endedAtMs: Date.now() },
    }),
  );
  return { ended, kill: () => killGroup(child.pid, child.exitCode ?? child.signalCode) };
}

function killGroup(pid: number | undefined, over: number | string | null): void {
  if (pid !== undefined && over === null) process.kill(-pid, "SIGKILL");
}
