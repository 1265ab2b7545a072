import type { EventBody } from "../../core/event.ts";
import type { OpenStep, RunState, WaitState } from "../../core/run-state.ts";
import type { AgentNode, ScriptNode } from "../../graph/schema.ts";
import type { Action, WaitEffect } from "../effect.ts";
import type { EngineSettings } from "../settings.ts";
import { probeAction } from "./attempts.ts";

/** A suspend or a clock jump is noticed only at the end of a slice, so slices are short. */
const MAX_SLICE_MS = 60_000;
/** How often the journal records the time slept. A kill loses the time slept since the last tick. */
const TICK_EVERY_MS = 600_000;

interface WaitInput {
  readonly state: RunState;
  readonly open: OpenStep;
  readonly node: AgentNode | ScriptNode;
  readonly wait: WaitState;
  readonly settings: EngineSettings;
  readonly nowMs: number;
}

/** The next action of an open wait: a slice of sleep, a probe of a cap, or its end. */
export function waitAction(input: WaitInput): Action {
  const { state, open, node, wait, settings, nowMs } = input;
  const { step } = open;
  const common = { step, for: wait.for, sleptMs: wait.slept_ms } as const;
  if (settings.policy.noWait && wait.lease < state.lease) return end(step, wait, "look");
  if (wait.lifted) return end(step, wait, "probe");
  const leftMs = remainingMs(wait, nowMs);
  if (leftMs <= 0) return sleep({ ...common, sliceMs: 0, last: true });
  const toProbeMs = untilProbeMs(input);
  if (toProbeMs <= 0 && node.type === "agent")
    return probeAction({ state, open, node, settings }, wait.probes + 1);
  const sliceMs = Math.min(leftMs, toProbeMs, MAX_SLICE_MS);
  return sleep({ ...common, sliceMs, last: sliceMs === leftMs });
}

const sleep = (wait: Omit<WaitEffect, "kind">): Action => ({
  record: [],
  effect: { kind: "wait", ...wait },
});

/** Time left of a wait. Uses the smaller of two readings, so neither a clock set back nor a suspend prolongs the wait. */
export function remainingMs(wait: WaitState, nowMs: number): number {
  return Math.min(Date.parse(wait.until) - nowMs, wait.planned_ms - wait.slept_ms);
}

/** Ends a wait early: a probe was answered, or --no-wait found a wait of an earlier start and tries once. */
const end = (step: number, wait: WaitState, how: "look" | "probe"): Action => ({
  record: [{ type: "wait.finished", step, slept_ms: wait.slept_ms, how }],
});

/** Adds to the open wait the time that this process has slept since the wait's last event. */
export function withSlept(state: RunState, sleptMs: number): RunState {
  const { open } = state;
  if (open?.phase.kind !== "waiting" || sleptMs === 0) return state;
  const { wait } = open.phase;
  const slept_ms = Math.round(wait.slept_ms + sleptMs);
  return { ...state, open: { ...open, phase: { kind: "waiting", wait: { ...wait, slept_ms } } } };
}

/**
 * Puts a tick before the action when the slept time must become durable: every ten minutes, and when this process ends
 * and leaves the wait open. The state already includes `sleptMs`.
 */
export function recordSlept(action: Action, { open }: RunState, sleptMs: number): Action {
  if (open?.phase.kind !== "waiting" || sleptMs === 0) return action;
  const isDue = action.effect?.kind === "wait" && sleptMs >= TICK_EVERY_MS;
  if (!isDue && !action.record.some(endsProcess)) return action;
  const tick: EventBody = { type: "wait.ticked", step: open.step, slept_ms: open.phase.wait.slept_ms };
  return { ...action, record: [tick, ...action.record] };
}

const endsProcess = ({ type }: EventBody): boolean => type === "run.interrupted" || type === "run.stopped";

function untilProbeMs({ node, wait, settings, nowMs }: WaitInput): number {
  const { policy, backend } = settings;
  if (node.type !== "agent" || wait.for !== "cap" || policy.capProbeMs <= 0 || !backend.canProbe)
    return Number.POSITIVE_INFINITY;
  return Date.parse(wait.probed_at ?? wait.started_at) + policy.capProbeMs - nowMs;
}
