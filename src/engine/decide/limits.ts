import type { EventBody } from "../../core/event.ts";
import { EXIT } from "../../core/failure.ts";
import { type Excess, type Limits, limitsInForce, UNPRICED_WARNING } from "../../core/limits.ts";
import type { RunState } from "../../core/run-state.ts";
import { tokensOf } from "../../core/usage.ts";
import type { Action, TurnEffect, WaitEffect } from "../effect.ts";
import { describeExcess } from "./limit-message.ts";

interface Planned {
  readonly state: RunState;
  readonly action: Action;
  readonly nowMs: number;
}

/**
 * Returns the planned action if the run's limits allow it, else the event that stops the run. An agent step, a turn or a
 * compaction needs as much left as the largest of the last turns used. The wall-clock limit cuts a wait short.
 */
export function withinLimits({ state, action, nowMs }: Planned): Action {
  const limits = limitsInForce(state.limits);
  if (Object.keys(limits).length === 0 || !isBounded(action)) return action;
  const excess = findExcess({ state, action, nowMs }, limits);
  if (excess !== undefined) return stopped(state, excess);
  const { record, effect } = action;
  if (effect?.kind === "wait")
    return { record, effect: cutWait(effect, wallClockLeftMs(state, limits, nowMs)) };
  return withWarning(
    state,
    limits,
    effect?.kind === "turn" ? withBudget({ state, limits, record, effect }) : action,
  );
}

/** Limits never block an action that only records a result or ends the run. */
const isBounded = (action: Action): boolean =>
  action.effect !== undefined || startedStep(action) !== undefined;

const startedStep = ({ record }: Action) => record.find((event) => event.type === "step.started");

function findExcess({ state, action, nowMs }: Planned, limits: Limits): Excess | undefined {
  const started = startedStep(action);
  const elapsedMs = nowMs - Date.parse(state.started_at);
  if (limits.wall_clock_ms !== undefined && elapsedMs >= limits.wall_clock_ms)
    return { name: "wall_clock", used: elapsedMs, next: 0, limit: limits.wall_clock_ms };
  if (started !== undefined && limits.steps !== undefined && state.totals.steps + 1 > limits.steps)
    return { name: "steps", used: state.totals.steps, next: 1, limit: limits.steps };
  const kind = action.effect?.kind;
  const asksModel = kind === "turn" || kind === "compact" || started?.node_type === "agent";
  return asksModel ? findUsageExcess(state, limits) : undefined;
}

function findUsageExcess({ totals, recent_usage }: RunState, limits: Limits): Excess | undefined {
  const cost = {
    used: totals.usage.cost_usd ?? 0,
    next: Math.max(0, ...recent_usage.map(({ cost_usd }) => cost_usd ?? 0)),
  };
  if (limits.cost_usd !== undefined && isTooMuch(cost, limits.cost_usd))
    return { name: "cost_usd", ...cost, limit: limits.cost_usd };
  const tokens = { used: tokensOf(totals.usage), next: Math.max(0, ...recent_usage.map(tokensOf)) };
  if (limits.tokens !== undefined && isTooMuch(tokens, limits.tokens))
    return { name: "tokens", ...tokens, limit: limits.tokens };
  return undefined;
}

const isTooMuch = (
  { used, next }: { readonly used: number; readonly next: number },
  limit: number,
): boolean => used >= limit || used + next > limit;

function stopped({ open, cursor, totals }: RunState, excess: Excess): Action {
  const { what, wayOut } = describeExcess(excess, totals.usage.unpriced_turns ?? 0);
  const event: EventBody = {
    type: "run.stopped",
    exit_code: EXIT.limit,
    why: `${what} ${wayOut}`,
    excess,
    node: open?.node ?? cursor,
    ...(open && { step: open.step }),
  };
  return { record: [event] };
}

const wallClockLeftMs = ({ started_at }: RunState, { wall_clock_ms }: Limits, nowMs: number): number =>
  wall_clock_ms === undefined ? Number.POSITIVE_INFINITY : Date.parse(started_at) + wall_clock_ms - nowMs;

/** Shortens the slice of a wait that would exceed the wall-clock limit. */
const cutWait = (wait: WaitEffect, leftMs: number): WaitEffect =>
  wait.sliceMs <= leftMs ? wait : { ...wait, sliceMs: leftMs, last: false };

const CENTS_OF_A_CENT = 10_000;

interface PlannedTurn {
  readonly state: RunState;
  readonly limits: Limits;
  readonly record: Action["record"];
  readonly effect: TurnEffect;
}

/** Adds what is left of the cost limit, for CLIs that can limit the cost of a turn themselves. */
function withBudget({ state: { totals }, limits: { cost_usd: limit }, record, effect }: PlannedTurn): Action {
  if (limit === undefined) return { record, effect };
  const left = limit - (totals.usage.cost_usd ?? 0);
  const budgetUsd = Math.ceil(left * CENTS_OF_A_CENT) / CENTS_OF_A_CENT;
  const withIt = record.map((event) =>
    event.type === "attempt.started" ? { ...event, budget_usd: budgetUsd } : event,
  );
  return { record: withIt, effect: { ...effect, budgetUsd } };
}

/** Warns once per run that the cost limit does not count turns without a known price. */
function withWarning(
  { totals, unpriced_told }: RunState,
  { cost_usd: limit }: Limits,
  action: Action,
): Action {
  const unpriced = totals.usage.unpriced_turns ?? 0;
  if (limit === undefined || unpriced === 0 || unpriced_told) return action;
  const warning: EventBody = {
    type: "warning",
    code: UNPRICED_WARNING,
    message: `The cost is limited to ${limit} USD, but the price of some turns (${unpriced} so far) is not known; they are not counted. A limit on tokens, steps or wall_clock bounds them.`,
  };
  return { ...action, record: [warning, ...action.record] };
}
