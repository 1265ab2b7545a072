import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { ActivityListener } from "../core/ports.ts";
import type { Backend, EndedProcess, Place, TurnCommand } from "../backends/backend.ts";
import { createLineFacts } from "../backends/line-facts.ts";
import { chooseModel } from "../backends/model-choice.ts";
import type { Activity, ClockLimits } from "../process/activity-clock.ts";
import type { ProcessEnd } from "../core/process-end.ts";
import type { SupervisedEnd } from "../process/supervised-end.ts";
import type { Redactor } from "../process/redact.ts";
import { superviseProcess } from "../process/subprocess.ts";
import type { Clocks } from "../recovery/policy.ts";
import { writeFileAtomic } from "../store/atomic-file.ts";
import { syncDirectory, systemFiles } from "../store/files.ts";
import type { TurnEffect } from "../engine/effect.ts";

/** What turns, compactions and probes of one run share, besides their effects. */
export interface AgentDeps {
  readonly backend: Backend;
  /** The environment of agent processes: the inherited one and the workflow's `env`, without LONGHAUL_STEP. */
  readonly environment: Readonly<Record<string, string>>;
  /** Redacts the current secrets, because logins rotate. */
  readonly redactor: Redactor;
  readonly clocks: Clocks;
  readonly clock: Clock;
  /** Receives tool calls while a turn runs; absent when nothing displays them. */
  readonly onActivity?: ActivityListener;
}

export interface AgentProcess {
  readonly command: TurnCommand;
  readonly push: (line: string) => Activity;
  readonly replies?: () => readonly string[];
  /** The directory for events.jsonl and stderr.log. */
  readonly directory: string;
  readonly cwd: string;
  /** `<run uuid>/<step>`: marks every process that this one starts. */
  readonly marker: string;
  readonly limits: ClockLimits;
  /** The program worked before. If it is missing now, it is updating itself. */
  readonly launchedBefore: boolean;
}

export interface AgentProcessEnd extends EndedProcess {
  readonly durationMs: number;
  /** The last lines of the stream, kept for a turn that no failure row recognizes. */
  readonly lastLines: readonly string[];
  readonly likelyOutOfMemory: boolean;
  readonly survivors: readonly number[];
}

const MAX_LAST_LINES = 40;
const MAX_LAST_LINE_CHARACTERS = 4000;

/** Runs one process of a CLI to its end. On return its output is durable on disk, and redacted. */
export async function runAgentProcess(
  request: AgentProcess,
  deps: AgentDeps,
  signal: AbortSignal,
): Promise<AgentProcessEnd> {
  const { command, directory } = request;
  systemFiles.makeDirectory(directory);
  for (const { path, content } of command.files) writeFileAtomic({ path, content });
  const lastLines: string[] = [];
  const lineFacts = createLineFacts();
  const end = await superviseProcess(
    {
      ...processRequest(request, deps),
      onLine: (line) => {
        lastLines.push(line.text.slice(0, MAX_LAST_LINE_CHARACTERS));
        if (lastLines.length > MAX_LAST_LINES) lastLines.shift();
        lineFacts.note(line);
        return request.push(line.text);
      },
    },
    signal,
  );
  await syncOutput(directory);
  return { ...describeEnd(end, deps.clock), lastLines, lineFacts: lineFacts.soFar() };
}

function processRequest({ command, directory, cwd, marker, ...request }: AgentProcess, deps: AgentDeps) {
  const environment = { ...command.environment, ...deps.environment, LONGHAUL_STEP: marker };
  const { replies } = request;
  return {
    file: command.file,
    args: command.args,
    cwd,
    env: environment,
    stdin: command.stdin,
    ...(replies === undefined ? {} : { replies }),
    stdoutFile: join(directory, "events.jsonl"),
    stderrFile: join(directory, "stderr.log"),
    redactor: deps.redactor,
    clocks: request.limits,
    stop: { signal: command.stopSignal, to: "group" as const },
    launchedBefore: request.launchedBefore,
  };
}

function describeEnd(ended: SupervisedEnd, clock: Clock) {
  return {
    end: reportedEnd(ended),
    stderrTail: ended.stderrTail,
    endedAtMs: clock.now(),
    durationMs: Math.round(ended.durationMs),
    likelyOutOfMemory: ended.likelyOutOfMemory,
    survivors: ended.survivors,
  };
}

/** The end alone. A missing directory has a code of its own: the system's would blame the program. */
function reportedEnd(ended: SupervisedEnd): ProcessEnd {
  const stopped = ended.stoppedBy === undefined ? {} : { stoppedBy: ended.stoppedBy };
  if (ended.kind === "exited") return { kind: "exited", code: ended.code, ...stopped };
  if (ended.kind === "signalled") return { kind: "signalled", signal: ended.signal, ...stopped };
  const code = ended.missing === "cwd" ? "NO_CWD" : ended.code;
  return { kind: "not_started", code, message: ended.message, ...stopped };
}

/** The journal cannot restore these files, so they must be durable before an event refers to them. */
async function syncOutput(directory: string): Promise<void> {
  for (const name of ["events.jsonl", "stderr.log"]) {
    const file = systemFiles.open(join(directory, name), "change");
    try {
      await file.syncLargeData();
    } finally {
      file.close();
    }
  }
  syncDirectory(systemFiles, directory);
}

/** The working directory and model for a process of this step. */
export function placeOf(
  { backend, environment }: AgentDeps,
  { cwd, model }: Pick<TurnEffect, "cwd" | "model">,
): Place {
  return {
    cwd,
    environment,
    model: chooseModel({ cli: backend.name, node: model.ofNode, runWide: model.runWide }),
    asRoot: process.getuid?.() === 0,
  };
}
