import { join } from "node:path";
import type {
  Backend,
  CutReport,
  CutTurn,
  EndedProcess,
  Place,
  Turn,
  TurnCommand,
  TurnRequest,
} from "../backend.ts";
import { codexActivity } from "./activity.ts";
import { beginCodexCompaction } from "./compaction.ts";
import { customProvider, parseCodexModel } from "./model.ts";
import type { SessionFacts } from "./session.ts";
import { codexHome, findSession, followTokens, markSession, readSession, usageSinceTime } from "./session.ts";
import type { CodexStream } from "./stream.ts";
import { createCodexStream, readCodexLine } from "./stream.ts";
import { isStrictSchema } from "../output-schema.ts";
import type { Facts, TurnReport } from "../turn-report.ts";
import { resetTimeInText } from "./reset-time.ts";
import { holdsPrompt } from "../session-file.ts";
import { stdinPrompt } from "../stdin-prompt.ts";

export const codex: Backend = {
  name: "codex",
  defaultModel: undefined,
  capabilities: { chooseSessionId: false, compact: true, outputSchema: true, effort: true, budget: false },
  installCommand: "npm install --global @openai/codex",
  loginRemedy:
    "Run `codex login` once on the host (or `codex login --with-api-key`), or set CODEX_API_KEY or the key that the provider in config.toml names.",
  loginFiles: (environment) => [join(codexHome(environment), "auth.json")],
  loginVariables: ["CODEX_API_KEY", "CODEX_ACCESS_TOKEN"], // `codex exec` does not send OPENAI_API_KEY by itself
  settingsFiles: (environment) =>
    ["config.toml", "*.config.toml"].map((name) => join(codexHome(environment), name)),
  loginInSettings: /^ *model_provider *=/m,
  beginTurn,
  beginCompaction: beginCodexCompaction,
  activityIn: codexActivity,
  inspectCut,
};

const SCHEMA_FILE = "output-schema.json";

async function beginTurn(request: TurnRequest): Promise<Turn> {
  const stream = createCodexStream();
  const stdin = stdinPrompt(request.prompt);
  const { environment } = request;
  const asked = request.session.fresh ? null : request.session.id;
  const mark = await markSession(await findSession(environment, asked));
  return {
    command: await command(request, stdin),
    push: (line) => readCodexLine(stream, line),
    tokensSoFar: followTokens(() => findSession(environment, stream.threadId), mark),
    finish: async (ended) => {
      const session = await readSession(await findSession(environment, stream.threadId), mark);
      const { model } = parseCodexModel(request.model, environment);
      return {
        ...toReport({ stream, session, ended, asked }),
        expectedModel: stream.rerouted?.asked ?? model,
      };
    },
    promptStored: async (sessionId) => holdsPrompt(await findSession(environment, sessionId), stdin),
  };
}

async function command(request: TurnRequest, stdin: string): Promise<TurnCommand> {
  const schema = isStrictSchema(request.outputSchema) ? request.outputSchema : undefined;
  const schemaFile = join(request.attemptDir, SCHEMA_FILE);
  const { session, effort } = request;
  return {
    file: "codex",
    args: [
      "exec",
      ...(await profileArgs(request)),
      ...(session.fresh || session.id === null ? [] : ["resume"]),
      "--json",
      "--skip-git-repo-check",
      "--dangerously-bypass-approvals-and-sandbox",
      ...(await commonArgs(request)),
      ...(effort === undefined ? [] : ["-c", `model_reasoning_effort=${JSON.stringify(effort)}`]),
      ...(schema === undefined ? [] : ["--output-schema", schemaFile]),
      ...(session.fresh || session.id === null ? [] : [session.id]),
      "-",
    ],
    environment: {},
    stdin,
    stopSignal: "SIGTERM",
    files: schema === undefined ? [] : [{ path: schemaFile, content: `${JSON.stringify(schema)}\n` }],
  };
}

async function profileArgs({ model, environment }: Place): Promise<readonly string[]> {
  const { profile } = parseCodexModel(model, environment);
  return profile === undefined ? [] : ["-p", profile];
}

/** The model, few retries by codex itself as far as the provider allows, no waiting for a network, no updates. */
async function commonArgs({ model, environment }: Place): Promise<readonly string[]> {
  const choice = parseCodexModel(model, environment);
  const provider = await customProvider(environment, choice.profile);
  const args = ["--disable", "unbounded_connection_retries", "-c", "check_for_update_on_startup=false"];
  if (provider !== undefined) {
    args.push("-c", `model_providers.${provider}.request_max_retries=2`);
    args.push("-c", `model_providers.${provider}.stream_max_retries=0`);
  }
  return choice.model === undefined ? args : [...args, "-m", choice.model];
}

interface CodexTurn {
  readonly stream: CodexStream;
  readonly session: SessionFacts;
  readonly ended: EndedProcess;
  /** The thread to continue; null for a fresh one. */
  readonly asked: string | null;
}

function toReport({ stream, session, ended, asked }: CodexTurn): TurnReport {
  const message = stream.message ?? session.errorMessage;
  return {
    cli: "codex",
    end: ended.end,
    facts: codexFacts({ stream, session, ended, asked }, message),
    text: stream.texts.join("\n\n"),
    structured: undefined,
    sessionId: stream.threadId ?? asked,
    usage: session.usage,
    model: stream.rerouted?.served ?? session.model,
    expectedModel: undefined,
    sawModelEvent: stream.tracker.sawModelEvent,
    sawFinalEvent: stream.tracker.sawFinalEvent,
    stderrTail: ended.stderrTail,
    endedAtMs: ended.endedAtMs,
  };
}

function codexFacts({ stream, session, ended, asked }: CodexTurn, message: string | undefined): Facts {
  const resetsAtMs = session.resetsAtMs ?? resetTimeInText(message ?? "", ended.endedAtMs);
  return {
    turn: stream.turn,
    fresh_session: asked === null,
    // codex silently opens a new thread when it does not know the requested one
    other_thread: asked !== null && stream.threadId !== null && stream.threadId !== asked,
    ...(message === undefined ? {} : { message }),
    ...(session.errorInfo === undefined ? {} : { error_info: session.errorInfo }),
    ...(session.httpStatus === undefined ? {} : { http_status: session.httpStatus }),
    ...(resetsAtMs === undefined ? {} : { resets_at_ms: resetsAtMs }),
    ...(session.window === undefined ? {} : { window: session.window }),
    ...ended.lineFacts,
  };
}

async function inspectCut(cut: CutTurn): Promise<CutReport> {
  const stream = createCodexStream();
  for await (const line of cut.lines) readCodexLine(stream, line);
  const sessionId = stream.threadId ?? cut.session.id;
  const file = await findSession(cut.environment, sessionId);
  return {
    sessionId,
    progressed: stream.tracker.sawModelEvent,
    promptStored: await holdsPrompt(file, stdinPrompt(cut.prompt)),
    usage: await usageSinceTime(file, cut.startedAtMs),
  };
}
