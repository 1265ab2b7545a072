import { join } from "node:path";
import type {
  Backend,
  Compaction,
  CompactionReport,
  CompactionRequest,
  CutReport,
  CutTurn,
  EndedProcess,
  Environment,
  Place,
  Turn,
  TurnCommand,
  TurnRequest,
} from "../backend.ts";
import { claudeActivity } from "./activity.ts";
import type { ClaudeStream } from "./stream.ts";
import { createClaudeStream, readClaudeLine, usageOf } from "./stream.ts";
import type { TurnReport } from "../turn-report.ts";
import { findFile, holdsPrompt } from "../session-file.ts";
import { stdinPrompt } from "../stdin-prompt.ts";

export const claude: Backend = {
  name: "claude",
  defaultModel: "sonnet",
  capabilities: { chooseSessionId: true, compact: true, outputSchema: true, effort: true, budget: true },
  installCommand: "npm install --global @anthropic-ai/claude-code",
  loginRemedy:
    "Run `claude` once on the host and log in, or set CLAUDE_CODE_OAUTH_TOKEN (from `claude setup-token`) or ANTHROPIC_API_KEY.",
  loginFiles: (environment) => [join(configDirectory(environment), ".credentials.json")],
  loginVariables: [
    "CLAUDE_CODE_OAUTH_TOKEN",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
  ],
  settingsFiles: (environment) => [join(configDirectory(environment), "settings.json")],
  loginInSettings: /"(apiKeyHelper|env)"/,
  firstStartAnswers: (environment) => ({
    path: join(environment["CLAUDE_CONFIG_DIR"] ?? environment["HOME"] ?? "/", ".claude.json"),
    content: '{"hasCompletedOnboarding":true,"bypassPermissionsModeAccepted":true}\n',
  }),
  beginTurn: async (request) => beginTurn(request),
  beginCompaction: async (request) => beginCompaction(request),
  activityIn: claudeActivity,
  inspectCut,
};

const BASE_ARGS = ["-p", "--output-format", "stream-json", "--verbose", "--dangerously-skip-permissions"];

/** Few retries by claude itself, so that the ladder sees an outage within seconds, and no silent fallback. */
const BASE_ENVIRONMENT = {
  CLAUDE_CODE_MAX_RETRIES: "2",
  CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: "1",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_AUTOUPDATER: "1",
};

function beginTurn(request: TurnRequest): Turn {
  const stream = createClaudeStream();
  const stdin = stdinPrompt(request.prompt);
  return {
    command: command(request, turnArgs(request), stdin),
    push: (line) => readClaudeLine(stream, line),
    finish: async (ended) => toReport(stream, ended, request.session.fresh),
    promptStored: (sessionId) => promptStored(sessionId, stdin, request.environment),
  };
}

function turnArgs({ session, addDirs, effort, outputSchema, budgetUsd }: TurnRequest): readonly string[] {
  const args: string[] = [];
  if (session.id !== null) args.push(session.fresh ? "--session-id" : "--resume", session.id);
  for (const directory of addDirs) args.push("--add-dir", directory);
  if (effort !== undefined) args.push("--effort", effort);
  if (outputSchema !== undefined) args.push("--json-schema", JSON.stringify(outputSchema));
  if (budgetUsd !== undefined) args.push("--max-budget-usd", String(budgetUsd));
  return args;
}

function command(place: Place, args: readonly string[], stdin: string): TurnCommand {
  const model = place.model ?? claude.defaultModel;
  return {
    file: "claude",
    args: [...BASE_ARGS, ...(model === undefined ? [] : ["--model", model]), ...args],
    environment: place.asRoot ? { ...BASE_ENVIRONMENT, IS_SANDBOX: "1" } : BASE_ENVIRONMENT,
    stdin,
    stopSignal: "SIGINT",
    files: [],
  };
}

function toReport(
  stream: ClaudeStream,
  { end, stderrTail, endedAtMs, lineFacts }: EndedProcess,
  fresh: boolean,
): TurnReport {
  return {
    cli: "claude",
    end,
    facts: { ...stream.facts, fresh_session: fresh, ...lineFacts },
    text: stream.texts.join("\n\n"),
    structured: stream.structured,
    sessionId: stream.sessionId,
    usage: usageOf(stream),
    model: stream.servedModel,
    expectedModel: stream.resolvedModel,
    sawModelEvent: stream.tracker.sawModelEvent,
    sawFinalEvent: stream.tracker.sawFinalEvent,
    stderrTail,
    endedAtMs,
  };
}

/** `/compact` exits with success whether it worked or not; only the status line shows which. */
function beginCompaction(request: CompactionRequest): Compaction {
  const stream = createClaudeStream();
  return {
    command: command(request, ["--resume", request.sessionId], "/compact"),
    push: (line) => readClaudeLine(stream, line),
    finish: async (ended): Promise<CompactionReport> => ({
      compacted: stream.compaction === "success",
      report: toReport(stream, ended, false),
    }),
  };
}

async function inspectCut(cut: CutTurn): Promise<CutReport> {
  const stream = createClaudeStream();
  for await (const line of cut.lines) readClaudeLine(stream, line);
  const sessionId = stream.sessionId ?? cut.session.id;
  return {
    sessionId,
    progressed: stream.tracker.sawModelEvent,
    promptStored: await promptStored(sessionId, stdinPrompt(cut.prompt), cut.environment),
    usage: usageOf(stream),
  };
}

async function promptStored(
  sessionId: string | null,
  stdin: string,
  environment: Environment,
): Promise<boolean> {
  if (sessionId === null) return false;
  const projects = join(configDirectory(environment), "projects");
  return holdsPrompt(await findFile(projects, `${sessionId}.jsonl`), stdin);
}

const configDirectory = (environment: Environment): string =>
  environment["CLAUDE_CONFIG_DIR"] ?? join(environment["HOME"] ?? "/", ".claude");
