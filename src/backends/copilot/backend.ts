import type {
  Backend,
  Compaction,
  CompactionReport,
  CompactionRequest,
  CutReport,
  CutTurn,
  EndedProcess,
  Place,
  Turn,
  TurnCommand,
  TurnRequest,
} from "../backend.ts";
import { join } from "node:path";
import { copilotActivity } from "./activity.ts";
import { copilotHome, followTokens, readNews, readNewsSince, sessionEvents } from "./session.ts";
import type { CompactionOutcome, SessionNews } from "./session.ts";
import type { CopilotStream } from "./stream.ts";
import { createCopilotStream, readCopilotLine } from "./stream.ts";
import type { Facts, TurnReport } from "../turn-report.ts";
import { holdsPrompt, sizeOf } from "../session-file.ts";
import { stdinPrompt } from "../stdin-prompt.ts";

export const copilot: Backend = {
  name: "copilot",
  defaultModel: undefined,
  capabilities: { chooseSessionId: true, compact: true, outputSchema: false, effort: true, budget: false },
  installCommand: "npm install --global @github/copilot",
  loginRemedy:
    "Run `copilot` once on the host and use `/login`, or set COPILOT_GITHUB_TOKEN (GH_TOKEN and GITHUB_TOKEN work too).",
  loginFiles: (environment) => [join(copilotHome(environment), "config.json")],
  loginVariables: ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "COPILOT_PROVIDER_BASE_URL"],
  settingsFiles: (environment) =>
    ["settings.json", "mcp-config.json"].map((name) => join(copilotHome(environment), name)),
  beginTurn,
  beginCompaction,
  activityIn: copilotActivity,
  inspectCut,
};

const BASE_ARGS = ["--output-format", "json", "--allow-all", "--no-ask-user", "--no-auto-update"];

async function beginTurn(request: TurnRequest): Promise<Turn> {
  const stream = createCopilotStream();
  const stdin = stdinPrompt(request.prompt);
  const { environment, session } = request;
  const events = sessionEvents(environment, session.id);
  const mark = await sizeOf(events);
  return {
    command: command(request, turnArgs(request), stdin),
    push: (line) => readCopilotLine(stream, line),
    tokensSoFar: followTokens(events, mark),
    finish: async (ended) => {
      const news = await readNews(events, mark);
      const report = toReport({ stream, news, ended, sessionId: session.id, fresh: session.fresh });
      return { ...report, expectedModel: request.model === "auto" ? undefined : request.model };
    },
    promptStored: async (sessionId) => holdsPrompt(sessionEvents(environment, sessionId), stdin),
  };
}

function turnArgs({ session, addDirs, effort }: TurnRequest): readonly string[] {
  const args: string[] = [];
  if (session.id !== null && session.fresh) args.push("--session-id", session.id);
  if (session.id !== null && !session.fresh) args.push(`--resume=${session.id}`);
  for (const directory of addDirs) args.push("--add-dir", directory);
  if (effort !== undefined) args.push("--reasoning-effort", effort);
  return args;
}

function command(place: Place, args: readonly string[], stdin: string): TurnCommand {
  return {
    file: "copilot",
    args: [...BASE_ARGS, ...(place.model === undefined ? [] : ["--model", place.model]), ...args],
    environment: { COPILOT_AUTO_UPDATE: "false" },
    stdin,
    stopSignal: "SIGTERM",
    files: [],
  };
}

interface CopilotTurn {
  readonly stream: CopilotStream;
  readonly news: SessionNews;
  readonly ended: EndedProcess;
  readonly sessionId: string | null;
  readonly fresh: boolean;
}

function toReport({ stream, news, ended, sessionId, fresh }: CopilotTurn): TurnReport {
  return {
    cli: "copilot",
    end: ended.end,
    facts: { ...stream.facts, fresh_session: fresh, ...ended.lineFacts },
    text: stream.texts.join("\n\n"),
    structured: undefined,
    sessionId: stream.sessionId ?? sessionId,
    usage: news.usage,
    model: stream.model,
    expectedModel: undefined,
    sawModelEvent: stream.tracker.sawModelEvent,
    sawFinalEvent: stream.tracker.sawFinalEvent,
    stderrTail: ended.stderrTail,
    endedAtMs: ended.endedAtMs,
  };
}

/** The stream does not mention a compaction; the session's event file does. */
async function beginCompaction(request: CompactionRequest): Promise<Compaction> {
  const stream = createCopilotStream();
  const events = sessionEvents(request.environment, request.sessionId);
  const mark = await sizeOf(events);
  return {
    command: command(request, [`--resume=${request.sessionId}`], "/compact"),
    push: (line) => readCopilotLine(stream, line),
    finish: async (ended): Promise<CompactionReport> => {
      const news = await readNews(events, mark);
      const report = toReport({ stream, news, ended, sessionId: request.sessionId, fresh: false });
      const facts = { ...report.facts, ...compactionFacts(news.compaction) };
      return { compacted: news.compaction?.success === true, report: { ...report, facts } };
    },
  };
}

const compactionFacts = (outcome: CompactionOutcome | undefined): Facts => ({
  ...(outcome?.error === undefined ? {} : { compact_error: outcome.error }),
  ...(outcome?.failure === undefined ? {} : { compact_failure: outcome.failure }),
  ...(outcome?.status === undefined ? {} : { compact_status: outcome.status }),
});

async function inspectCut(cut: CutTurn): Promise<CutReport> {
  const stream = createCopilotStream();
  for await (const line of cut.lines) readCopilotLine(stream, line);
  const sessionId = stream.sessionId ?? cut.session.id;
  const events = sessionEvents(cut.environment, sessionId);
  return {
    sessionId,
    progressed: stream.tracker.sawModelEvent,
    promptStored: await holdsPrompt(events, stdinPrompt(cut.prompt)),
    usage: (await readNewsSince(events, cut.startedAtMs)).usage,
  };
}
