import type { EventBody } from "../../core/event.ts";
import { EXIT, type Failure } from "../../core/failure.ts";
import type { FreeDisk } from "../../core/ports.ts";
import type { OpenAgentStep, OpenScriptStep, Phase, RunState } from "../../core/run-state.ts";
import { isStopRequested } from "../../core/stop-request.ts";
import type { NextAttempt } from "../../core/vocabulary.ts";
import type { AgentNode, Node, ScriptNode } from "../../graph/schema.ts";
import { templateStop } from "../../prompts/template-stop.ts";
import { jitterFrom } from "../../recovery/backoff.ts";
import { decide, isQuickRetry } from "../../recovery/decide.ts";
import type { Decision } from "../../recovery/decision.ts";
import { type Policy, withNodeRetry } from "../../recovery/policy.ts";
import type { Action } from "../effect.ts";
import type { EngineSettings } from "../settings.ts";
import { compactAction, scriptAction, turnAction } from "./attempts.ts";
import { takeBranch } from "./branch.ts";
import { parkIfDiskIsFull } from "./disk-floor.ts";
import { finishAnswered, finishExhausted } from "./finish-step.ts";
import { withinLimits } from "./limits.ts";
import { nodeAt, startStep } from "./start-step.ts";
import { recordSlept, waitAction, withSlept } from "./waits.ts";

/**
 * Decides what to do next from the state, the graph, the policy and the readings alone. Deterministic: the same
 * arguments always give the same action, so a resumed run continues exactly as it would have.
 */
export function nextAction(recorded: RunState, settings: EngineSettings, readings: Readings): Action {
  const { sleptMs, stop } = readings;
  const state = withSlept(recorded, sleptMs);
  const action = stop === undefined ? boundedAction(state, settings, readings) : interruption(stop.reason);
  return recordSlept(action, state, sleptMs);
}

/** What the engine knows about the outside world. */
interface Readings {
  readonly nowMs: number;
  readonly disks: readonly FreeDisk[];
  /** Time slept in the open wait since its last event. */
  readonly sleptMs: number;
  /** Present when this process was asked to stop. */
  readonly stop: { readonly reason: unknown } | undefined;
}

function interruption(reason: unknown): Action {
  if (isStopRequested(reason))
    return pureMove({ type: "run.stopped", exit_code: EXIT.resumable, why: reason.why });
  return pureMove({ type: "run.interrupted", why: "signal", message: `Stopped by ${String(reason)}.` });
}

function boundedAction(state: RunState, settings: EngineSettings, readings: Readings): Action {
  const { nowMs } = readings;
  const planned = plannedAction(state, settings, nowMs);
  const action = parkIfDiskIsFull({ state, action: planned, settings, ...readings });
  return withinLimits({ state, action, nowMs });
}

function plannedAction(state: RunState, settings: EngineSettings, nowMs: number): Action {
  const { open } = state;
  if (open === null) return { record: startStep(state, settings) };
  const node = nodeAt(open.node, settings);
  return orTemplateStop({ node: node.id, step: open.step }, () => {
    if (open.kind === "branch" && node.type === "branch") return pureMove(takeBranch({ state, open, node }));
    if (open.kind === "agent" && node.type === "agent")
      return withinStep({ kind: "agent", state, open, node, settings, nowMs });
    if (open.kind === "script" && node.type === "script")
      return withinStep({ kind: "script", state, open, node, settings, nowMs });
    throw notOfItsKind(open.kind, node);
  });
}

const notOfItsKind = (kind: string, node: Node): Error =>
  new Error(`The open step is of kind ${kind}, but its node ${node.id} is of type ${node.type}.`);

const pureMove = (event: EventBody): Action => ({ record: [event] });

/** A template that cannot be evaluated stops the run. The step's results are kept until the author has fixed the template. */
function orTemplateStop(
  place: { readonly node: string; readonly step: number },
  decided: () => Action,
): Action {
  try {
    return decided();
  } catch (error) {
    return pureMove(templateStop(error, place));
  }
}

interface Common {
  readonly state: RunState;
  readonly settings: EngineSettings;
  readonly nowMs: number;
}
type StepInput = Common &
  (
    | { readonly kind: "agent"; readonly open: OpenAgentStep; readonly node: AgentNode }
    | { readonly kind: "script"; readonly open: OpenScriptStep; readonly node: ScriptNode }
  );

function withinStep(input: StepInput): Action {
  const { open } = input;
  const { phase } = open;
  switch (phase.kind) {
    case "ready":
      return attempt(input, phase.next);
    case "failed":
      return afterFailure(input, phase);
    case "waiting":
      return waitAction({ ...input, wait: phase.wait });
    case "answered":
      return pureMove(finishAnswered(input, phase));
    case "attempting":
    case "compacting":
      throw new Error(`Step ${open.step} is still ${phase.kind}: its end was not recorded.`);
    default:
      return phase satisfies never;
  }
}

function attempt(input: StepInput, next: NextAttempt | null): Action {
  const { open, settings } = input;
  const { interruptions } = open.recovery;
  if (interruptions > 0 && interruptions >= settings.policy.maxInterruptions)
    return stopAtInterruptions(input);
  if (input.kind === "script") return scriptAction(input);
  if (next === null) return turnAction(input, { mode: "task" });
  if (next.mode === "script") throw new Error(`Step ${open.step} is an agent's and cannot run a script.`);
  return next.mode === "compact" ? compactAction(input) : turnAction(input, next);
}

function stopAtInterruptions({ open, node }: StepInput): Action {
  const why = `${node.id} was interrupted ${open.recovery.interruptions} times without new model output (AGENT_MAX_INTERRUPTIONS).`;
  return pureMove({ type: "run.stopped", exit_code: 6, why, node: node.id, step: open.step });
}

function afterFailure(input: StepInput, phase: Extract<Phase, { kind: "failed" }>): Action {
  const { state, open, settings, nowMs } = input;
  const policy = withNodeRetry(settings.policy, input.kind === "agent" ? input.node.retry : undefined);
  const decision = decide({
    failure: phase.failure,
    during: phase.during,
    open,
    promptCharacters: open.kind === "agent" ? open.task.prompt.length : 0,
    scriptRetry: scriptRetry(input),
    policy,
    canCompact: settings.backend.canCompact,
    firstStepEver: state.totals.steps <= 1 && !state.answered_before,
    nowMs,
    jitter: jitterFrom(settings.digest(`${state.uuid}/${open.step}/${open.attempts}`)),
  });
  return actionFor(input, { decision, failure: phase.failure, policy });
}

const NO_RETRY = { times: 0, backoffMs: 0 };
const DEFAULT_SCRIPT_BACKOFF_MS = 10_000;

function scriptRetry(input: StepInput) {
  if (input.kind === "agent" || input.node.retry === undefined) return NO_RETRY;
  const { times = 0, backoff_ms: backoffMs = DEFAULT_SCRIPT_BACKOFF_MS } = input.node.retry;
  return { times, backoffMs };
}

interface Decided {
  readonly decision: Decision;
  readonly failure: Failure;
  /** The policy as the node sees it. */
  readonly policy: Policy;
}

function actionFor(input: StepInput, { decision, failure, policy }: Decided): Action {
  const { open, node } = input;
  switch (decision.kind) {
    case "turn":
      return attempt(input, decision.turn);
    case "rerun-script":
      return attempt(input, { mode: "script" });
    case "wait": {
      const leaves = policy.noWait && !isQuickRetry({ failure, wait: decision, open, policy });
      return startWait(input, decision, leaves);
    }
    case "exhausted":
      return exhausted(input, decision.failure);
    case "stop": {
      const { exitCode, why } = decision;
      const { step } = open;
      return pureMove({ type: "run.stopped", exit_code: exitCode, why, node: node.id, step, failure });
    }
    default:
      return decision satisfies never;
  }
}

function startWait({ open }: StepInput, wait: Extract<Decision, { kind: "wait" }>, leaves: boolean): Action {
  const started: EventBody = {
    type: "wait.started",
    step: open.step,
    for: wait.for,
    until: new Date(wait.untilMs).toISOString(),
    planned_ms: wait.plannedMs,
    why: wait.why,
    next: wait.next,
  };
  if (!leaves) return pureMove(started);
  const message = `Waiting until ${started.until}: ${wait.why} Left at once because of --no-wait.`;
  return { record: [started, { type: "run.interrupted", why: "no_wait", message }] };
}

/** Applies the node's `on_exhausted`. By default an agent step takes its defaults and a script stops the run. */
function exhausted(input: StepInput, failure: Failure): Action {
  const { node, open, settings } = input;
  const onExhausted = node.on_exhausted ?? (node.type === "agent" ? "default" : "fail");
  if (onExhausted === "fail" || (onExhausted === "default" && !settings.policy.useDefaultOutputs)) {
    const why = `${node.id} failed: ${failure.message}`;
    return pureMove({ type: "run.stopped", exit_code: 6, why, node: node.id, step: open.step, failure });
  }
  return pureMove(finishExhausted(input, failure, onExhausted));
}
