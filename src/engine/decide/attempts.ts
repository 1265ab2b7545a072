import { createHash } from "node:crypto";
import type { CompactAction, ScriptAction, TurnAction } from "../../core/action.ts";
import type { OpenStep, RunState } from "../../core/run-state.ts";
import type { NextTurn } from "../../core/vocabulary.ts";
import type { AgentNode, ScriptNode } from "../../graph/schema.ts";
import { buildPrompt } from "../../recovery/reframe.ts";
import type { EngineSettings } from "../settings.ts";

interface AttemptInput<N> {
  readonly state: RunState;
  readonly open: OpenStep;
  readonly node: N;
  readonly settings: EngineSettings;
}

/** A cut turn that had almost used up its time still gets this much to say what it has. */
const LAST_WORDS_MS = 1000;

/** The next turn of an agent step: which session, which prompt, how much time. */
export function turnAction(
  { state, open, node, settings }: AttemptInput<AgentNode>,
  wanted: NextTurn,
): TurnAction {
  const turn = possible(wanted, open);
  const fresh = turn.mode === "task" || turn.mode === "reframe";
  const session = fresh ? freshSession(state, open, settings) : { ...held(open), fresh: false };
  const fullMs = node.timeout_ms ?? settings.policy.clocks.resultMs;
  const timeoutMs = Math.max(fullMs - open.charged_ms, Math.min(fullMs, LAST_WORDS_MS));
  const prompt = buildPrompt({
    turn,
    task: open.task?.prompt ?? "",
    outputs: node.outputs ?? [],
    complaint: open.complaint,
    timeoutMs: fullMs,
  });
  const attempt = open.attempts + 1;
  const { step } = open;
  return {
    kind: "turn",
    record: [
      {
        type: "attempt.started",
        step,
        attempt,
        mode: turn.mode,
        ...(turn.level !== undefined && { level: turn.level }),
        session,
        prompt,
        timeout_ms: timeoutMs,
      },
    ],
    step,
    node: node.id,
    visit: open.visit,
    attempt,
    turn,
    prompt,
    session,
    cwd: open.cwd ?? state.workspace,
    addDirs: open.add_dirs ?? [],
    timeoutMs,
  };
}

/** Going on needs a session whose id we know; without one the same rung is asked again from the start. */
function possible(wanted: NextTurn, open: OpenStep): NextTurn {
  const needsSession = wanted.mode !== "task" && wanted.mode !== "reframe";
  if (!needsSession || open.session?.id != null) return wanted;
  const level = open.recovery.reframes;
  return level === 0 ? { mode: "task" } : { mode: "reframe", level };
}

function freshSession(state: RunState, open: OpenStep, { backend }: EngineSettings) {
  const number = open.sessions + 1;
  const id = backend.canChooseSessionId ? sessionUuid(`${state.uuid}/${open.step}/${number}`) : null;
  return { number, id, fresh: true };
}

function held(open: OpenStep) {
  if (open.session === null) throw new Error(`Step ${open.step} has no session to continue.`);
  return open.session;
}

/** A version 8 (custom) UUID drawn from the run, the step and the session's number, so that planning stays deterministic. */
function sessionUuid(name: string): string {
  const bytes = createHash("sha256").update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

export function compactAction({ state, open, node }: AttemptInput<AgentNode>): CompactAction {
  const session = held(open);
  const compaction = open.recovery.compactions + 1;
  const { step } = open;
  return {
    kind: "compact",
    record: [{ type: "compact.started", step, compaction, session }],
    step,
    node: node.id,
    compaction,
    session,
    cwd: open.cwd ?? state.workspace,
  };
}

/** A script's time when its node names none: long enough for a build, short enough that a hang is noticed the same day. */
export const DEFAULT_SCRIPT_TIMEOUT_MS = 3_600_000;

export function scriptAction({ state, open, node }: AttemptInput<ScriptNode>): ScriptAction {
  const attempt = open.attempts + 1;
  const timeoutMs = node.timeout_ms ?? DEFAULT_SCRIPT_TIMEOUT_MS;
  const { step } = open;
  return {
    kind: "script",
    record: [
      { type: "attempt.started", step, attempt, mode: "script", session: null, timeout_ms: timeoutMs },
    ],
    step,
    node: node.id,
    attempt,
    file: open.command?.file ?? node.script,
    args: open.command?.args ?? [],
    cwd: open.cwd ?? state.workspace,
    timeoutMs,
    resumed: open.resumed,
  };
}
