import type { OpenAgentStep, OpenScriptStep, OpenStep, RunState } from "../../core/run-state.ts";
import { askOfLevel, type NextTurn, type Session } from "../../core/vocabulary.ts";
import type { AgentNode, ScriptNode } from "../../graph/schema.ts";
import { renderText } from "../../prompts/render.ts";
import { stepContext } from "../../prompts/step-context.ts";
import { buildPrompt } from "../../recovery/reframe.ts";
import type { Action, TurnEffect } from "../effect.ts";
import type { EngineSettings } from "../settings.ts";

export interface AttemptInput<O, N> {
  readonly state: RunState;
  readonly open: O;
  readonly node: N;
  readonly settings: EngineSettings;
}

/** A turn gets at least this much time after cuts, to answer with what it has. */
const LAST_WORDS_MS = 1000;

/** Plans the next turn of an agent step: its session, its prompt and its time. */
export function turnAction(input: AttemptInput<OpenAgentStep, AgentNode>, wanted: NextTurn): Action {
  const { state, open, node, settings } = input;
  const turn = fallBackToFreshSession(wanted, open);
  const fresh = turn.mode === "task" || turn.mode === "reframe";
  const session = fresh ? freshSession(input) : { ...openSession(open), fresh: false };
  const fullMs = node.timeout_ms ?? settings.policy.clocks.resultMs;
  const timeoutMs = Math.max(fullMs - open.charged_ms, Math.min(fullMs, LAST_WORDS_MS));
  const { outputs = [] } = node;
  const prompt = buildPrompt({
    turn,
    task: open.task.prompt,
    outputs,
    complaint: open.complaint,
    timeoutMs: fullMs,
  });
  const attempt = open.attempts + 1;
  const started = { type: "attempt.started", step: open.step, attempt } as const;
  return {
    record: [{ ...started, ...turn, session, prompt, timeout_ms: timeoutMs }],
    effect: {
      kind: "turn",
      ...agentProcess(input),
      visit: open.visit,
      attempt,
      seenAttempt: attempt - open.cut_attempts,
      ask: askOf(turn, open),
      prompt,
      outputs,
      session,
      addDirs: open.add_dirs ?? [],
      ...(node.effort !== undefined && { effort: node.effort }),
      timeoutMs,
      launchedBefore: state.answered_before,
    },
  };
}

/** Continuing needs a session with a known id. Without one the same rung is asked again in a fresh session. */
function fallBackToFreshSession(wanted: NextTurn, open: OpenStep): NextTurn {
  const needsSession = wanted.mode !== "task" && wanted.mode !== "reframe";
  return needsSession && open.session?.id == null ? askOfLevel(open.recovery.reframes) : wanted;
}

function askOf({ mode }: NextTurn, { recovery }: OpenStep): TurnEffect["ask"] {
  if (mode === "reframe" || recovery.reframes > 0) return "reframed";
  return mode === "correct" || recovery.output_retries > 0 ? "corrected" : "whole";
}

function freshSession({ state, open, settings }: AttemptInput<OpenStep, AgentNode>) {
  const number = open.sessions + 1;
  const name = `${state.uuid}/${open.step}/${number}`;
  const id = settings.backend.canChooseSessionId ? sessionUuid(settings.digest(name)) : null;
  return { number, id, fresh: true };
}

function openSession({ session, step }: OpenStep): Session {
  if (session === null) throw new Error(`Step ${step} has no session to continue.`);
  return session;
}

/** Makes a version 8 (custom) UUID from a digest, because a random one would make planning nondeterministic. */
function sessionUuid(digest: Uint8Array): string {
  const bytes = digest.slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

export function compactAction(input: AttemptInput<OpenAgentStep, AgentNode>): Action {
  const { step, recovery } = input.open;
  const session = openSession(input.open);
  const compaction = recovery.compactions + 1;
  return {
    record: [{ type: "compact.started", step, compaction, session }],
    effect: { kind: "compact", ...agentProcess(input), compaction, session },
  };
}

/** A one-word turn in a session of its own. */
export function probeAction(input: AttemptInput<OpenStep, AgentNode>, probe: number): Action {
  return {
    record: [{ type: "probe.started", step: input.open.step, probe }],
    effect: { kind: "probe", ...agentProcess(input), probe },
  };
}

/** A script's time limit without `timeout`: long enough for a build, short enough that a hang is noticed the same day. */
export const DEFAULT_SCRIPT_TIMEOUT_MS = 3_600_000;

export function scriptAction(input: AttemptInput<OpenScriptStep, ScriptNode>): Action {
  const { state, open, node, settings } = input;
  const attempt = open.attempts + 1;
  const timeoutMs = node.timeout_ms ?? DEFAULT_SCRIPT_TIMEOUT_MS;
  const { step, command } = open;
  return {
    record: [
      { type: "attempt.started", step, attempt, mode: "script", session: null, timeout_ms: timeoutMs },
    ],
    effect: {
      kind: "script",
      ...stepProcess(input),
      attempt,
      file: command.file,
      args: command.args,
      workflowDir: settings.graph.directory,
      workspace: state.workspace,
      outputs: node.outputs ?? [],
      timeoutMs,
      resumed: open.resumed,
    },
  };
}

function agentProcess(input: AttemptInput<OpenStep, AgentNode>) {
  const { state, node } = input;
  const model = {
    ...(node.model !== undefined && { ofNode: node.model }),
    ...(state.model !== null && { runWide: state.model }),
  };
  return { ...stepProcess(input), model };
}

function stepProcess({ state, open, settings }: AttemptInput<OpenStep, AgentNode | ScriptNode>) {
  return {
    step: open.step,
    node: open.node,
    mark: `${state.uuid}/${open.step}`,
    runDir: state.run_dir,
    cwd: open.cwd ?? state.workspace,
    environment: renderedEnvironment(state, settings),
  };
}

/** Renders the workflow's `env` with the current context. */
function renderedEnvironment(state: RunState, { graph }: EngineSettings): Readonly<Record<string, string>> {
  const templates = Object.entries(graph.env);
  if (templates.length === 0) return NO_VARIABLES;
  const context = stepContext(state, state.visits);
  return Object.fromEntries(
    templates.map(([name, template]) => [name, renderText(template, context).text] as const),
  );
}

const NO_VARIABLES: Readonly<Record<string, string>> = {};
