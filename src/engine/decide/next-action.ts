import type { Action, Decision } from "../../core/action.ts";
import type { EventBody } from "../../core/event.ts";
import type { Failure } from "../../core/failure.ts";
import type { FreeDisk } from "../../core/ports.ts";
import type { OpenStep, Phase, RunState } from "../../core/run-state.ts";
import type { NextTurn } from "../../core/vocabulary.ts";
import type { AgentNode, ScriptNode } from "../../graph/schema.ts";
import { decide, isQuickRetry } from "../../recovery/decide.ts";
import { type Policy, withNodeRetry } from "../../recovery/policy.ts";
import { templateStop } from "../../prompts/template-stop.ts";
import { compactAction, scriptAction, turnAction } from "./attempts.ts";
import { aboveDiskFloor } from "./disk-floor.ts";
import { finishAnswered, finishExhausted } from "./finish-step.ts";
import { withinLimits } from "./limits.ts";
import type { EngineSettings } from "../settings.ts";
import { nodeAt, startStep } from "./start-step.ts";
import { waitAction } from "./waits.ts";

/**
 * What to do next, from the state, the graph, the policy, the time and the free disk alone. Deterministic: the same
 * arguments always give the same action, so that a resume goes on exactly as the run would have.
 */
export function nextAction(state: RunState, settings: EngineSettings, readings: Readings): Action {
  const { nowMs } = readings;
  const planned = plannedAction(state, settings, nowMs);
  const action = aboveDiskFloor({ state, action: planned, settings, ...readings });
  return withinLimits({ state, action, nowMs });
}

/** What the engine is told of the world. */
interface Readings {
  readonly nowMs: number;
  readonly disks: readonly FreeDisk[];
}

function plannedAction(state: RunState, settings: EngineSettings, nowMs: number): Action {
  const { open } = state;
  if (open === null) return { kind: "start-step", record: startStep(state, settings) };
  const node = nodeAt(open.node, settings);
  if (node.type === "terminal" || node.type === "fail")
    throw new Error(`${node.id} is an end and cannot be open.`);
  if (node.type === "branch") return { kind: "branch", record: [], step: open.step, node: node.id };
  return withinStep({ state, open, node, settings, nowMs });
}

interface StepInput {
  readonly state: RunState;
  readonly open: OpenStep;
  readonly node: AgentNode | ScriptNode;
  readonly settings: EngineSettings;
  readonly nowMs: number;
}

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
      return finishStep(input, () => finishAnswered(input, phase));
    case "attempting":
    case "compacting":
      throw new Error(`Step ${open.step} is still ${phase.kind}: what ended it was not recorded.`);
    default:
      return phase satisfies never;
  }
}

function attempt(input: StepInput, next: NextTurn | { readonly mode: "script" } | null): Action {
  const { open, node, settings } = input;
  const { interruptions } = open.recovery;
  if (interruptions > 0 && interruptions >= settings.policy.maxInterruptions)
    return stopAtInterruptions(input);
  if (node.type === "script") return scriptAction({ ...input, node });
  if (next === null) return turnAction({ ...input, node }, { mode: "task" });
  if (next.mode === "script") throw new Error(`Step ${open.step} is an agent's and cannot run a script.`);
  return next.mode === "compact" ? compactAction({ ...input, node }) : turnAction({ ...input, node }, next);
}

function stopAtInterruptions({ open, node }: StepInput): Action {
  const why = `${node.id} was interrupted ${open.recovery.interruptions} times without new model output (AGENT_MAX_INTERRUPTIONS).`;
  return {
    kind: "finish",
    record: [{ type: "run.stopped", exit_code: 6, why, node: node.id, step: open.step }],
  };
}

function afterFailure(input: StepInput, phase: Extract<Phase, { kind: "failed" }>): Action {
  const { state, open, node, settings, nowMs } = input;
  const policy = withNodeRetry(settings.policy, node.type === "agent" ? node.retry : undefined);
  const decision = decide({
    failure: phase.failure,
    during: phase.during,
    open,
    scriptRetry: scriptRetry(node),
    policy,
    canCompact: settings.backend.canCompact,
    firstStepEver: state.totals.steps <= 1 && !state.answered_before,
    nowMs,
    seed: `${state.uuid}/${open.step}/${open.attempts}`,
  });
  return follow(input, { decision, failure: phase.failure, policy });
}

const NO_RETRY = { times: 0, backoffMs: 0 };
const DEFAULT_SCRIPT_BACKOFF_MS = 10_000;

function scriptRetry(node: AgentNode | ScriptNode) {
  if (node.type === "agent" || node.retry === undefined) return NO_RETRY;
  return { times: node.retry.times ?? 0, backoffMs: node.retry.backoff_ms ?? DEFAULT_SCRIPT_BACKOFF_MS };
}

interface Verdict {
  readonly decision: Decision;
  readonly failure: Failure;
  readonly policy: Policy;
}

function follow(input: StepInput, { decision, failure, policy }: Verdict): Action {
  const { open, node } = input;
  switch (decision.kind) {
    case "turn":
      return attempt(input, decision.turn);
    case "rerun-script":
      return attempt(input, { mode: "script" });
    case "wait":
      return startWait(
        input,
        decision,
        policy.noWait && !isQuickRetry({ failure, wait: decision, open, policy }),
      );
    case "exhausted":
      return exhausted(input, decision.failure);
    case "stop": {
      const { exitCode, why } = decision;
      return stopped({
        type: "run.stopped",
        exit_code: exitCode,
        why,
        node: node.id,
        step: open.step,
        failure,
      });
    }
    default:
      return decision satisfies never;
  }
}

const stopped = (event: EventBody): Action => ({ kind: "finish", record: [event] });

function startWait({ open }: StepInput, wait: Extract<Decision, { kind: "wait" }>, leave: boolean): Action {
  const started: EventBody = {
    type: "wait.started",
    step: open.step,
    for: wait.for,
    until: new Date(wait.untilMs).toISOString(),
    planned_ms: wait.plannedMs,
    why: wait.why,
    next: wait.next,
  };
  if (!leave) return { kind: "start-wait", record: [started] };
  const message = `Waiting until ${started.until}: ${wait.why} Left at once because of --no-wait.`;
  return { kind: "finish", record: [started, { type: "run.interrupted", why: "no_wait", message }] };
}

/** The author's word on a step that cannot be answered; scripts stop the run unless told otherwise. */
function exhausted(input: StepInput, failure: Failure): Action {
  const { node, open, settings } = input;
  const wish = node.on_exhausted ?? (node.type === "agent" ? "default" : "fail");
  if (wish === "fail" || (wish === "default" && !settings.policy.useDefaultOutputs)) {
    const why = `${node.id} failed: ${failure.message}`;
    return stopped({ type: "run.stopped", exit_code: 6, why, node: node.id, step: open.step, failure });
  }
  return finishStep(input, () => finishExhausted(input, failure, wish));
}

/** The node's `set` may hold a template that cannot be evaluated; what the step has yielded is kept until it can. */
function finishStep({ node, open }: StepInput, finished: () => EventBody): Action {
  try {
    return { kind: "finish-step", record: [finished()] };
  } catch (error) {
    return stopped(templateStop(error, { node: node.id, step: open.step }));
  }
}
