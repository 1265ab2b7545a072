import { counted } from "../core/counted.ts";
import { countDefaulted } from "../core/defaulted.ts";
import { formatDuration } from "../core/duration.ts";
import type { JournalEvent } from "../core/event.ts";
import { limitsInForce } from "../core/limits.ts";
import type { AgentActivity } from "../core/ports.ts";
import type { OpenStep, RunState, WaitState } from "../core/run-state.ts";
import { tokensOf, type Usage } from "../core/usage.ts";
import { timeText } from "./status-lines.ts";
import type { Style } from "./style.ts";
import { fit, widthOf } from "./text-width.ts";
import { compactCount, costText } from "./usage-text.ts";

/** The data of the block at the bottom of the terminal. */
export interface LiveView {
  /** Undefined until the first events arrive. */
  readonly run: RunState | undefined;
  readonly nodeType: string;
  /** The newest tool calls of the attempt, the oldest first. */
  readonly calls: readonly ShownCall[];
  /** All tool calls of the step. */
  readonly callCount: number;
  /** Tokens of the running turn, by the message that reported them. */
  readonly turnTokens: ReadonlyMap<string, number>;
}

interface ShownCall {
  readonly id: string;
  readonly name: string;
  readonly argument: string;
  readonly startedMs: number;
  readonly ended: boolean;
}

export const EMPTY_VIEW: LiveView = {
  run: undefined,
  nodeType: "",
  calls: [],
  callCount: 0,
  turnTokens: new Map(),
};

const SHOWN_CALLS = 2;
/** Parallel calls end in any order, so more calls are kept than shown. */
const KEPT_CALLS = 8;

/** Returns the view after a batch of events; `run` is the state after them. */
export function withEvents(view: LiveView, events: readonly JournalEvent[], run: RunState): LiveView {
  let { nodeType, calls, callCount, turnTokens } = view;
  for (const event of events) {
    if (event.type === "step.started") [nodeType, callCount] = [event.node_type, 0];
    if (event.type === "step.started" || event.type === "attempt.started") calls = [];
    if (event.type.startsWith("attempt.")) turnTokens = new Map(); // a new turn counts from zero, and an ended one is in the totals
  }
  return { run, nodeType, calls, callCount, turnTokens };
}

/** Returns the view after an activity of the running turn. */
export function withActivity(view: LiveView, activity: AgentActivity, nowMs: number): LiveView {
  const { calls } = view;
  if (activity.kind === "said" || activity.kind === "failed") return view;
  if (activity.kind === "tokens_used") {
    return { ...view, turnTokens: new Map(view.turnTokens).set(activity.id, activity.tokens) };
  }
  if (activity.kind === "tool_ended") {
    return {
      ...view,
      calls: calls.map((call) => (call.id === activity.id ? { ...call, ended: true } : call)),
    };
  }
  if (calls.some(({ id }) => id === activity.id)) return view;
  const { id, name, argument } = activity;
  const added = [...calls, { id, name, argument, startedMs: nowMs, ended: false }];
  return { ...view, calls: added.slice(-KEPT_CALLS), callCount: view.callCount + 1 };
}

interface Shown {
  readonly nowMs: number;
  readonly columns: number;
  readonly style: Style;
}

/** Formats two to four lines that fit the width: where the run is, what it does there, and what it has used. Pure. */
export function liveLines(view: LiveView, shown: Shown): readonly string[] {
  const { run, nodeType, calls } = view;
  if (run === undefined || run.status.kind !== "running") return [];
  const { style, columns, nowMs } = shown;
  const wait = run.open?.phase.kind === "waiting" ? run.open.phase.wait : undefined;
  const happening =
    wait === undefined
      ? calls.slice(-SHOWN_CALLS).map((call) => callLine(call, shown))
      : [style.attention(fit(waitText(wait, nowMs), columns))];
  const where = run.open === null ? `on to ${run.cursor}` : stepText(run.open, nodeType, nowMs);
  return [style.strong(fit(where, columns)), ...happening, style.faint(fittingTotals(run, view, columns))];
}

function stepText(open: OpenStep, nodeType: string, nowMs: number): string {
  const attempt = open.attempts > 1 ? `, attempt ${open.attempts}` : "";
  const compacting = open.phase.kind === "compacting" ? ", compacting the session" : "";
  const type = nodeType === "" ? "" : ` (${nodeType})`;
  return `#${open.step} ${open.node}${type}${attempt}${compacting} · ${sinceText(Date.parse(open.started_at), nowMs)}`;
}

function callLine({ name, argument, startedMs, ended }: ShownCall, { nowMs, columns, style }: Shown): string {
  const text = `  ${name}${argument === "" ? "" : ` ${argument}`}`;
  if (ended) return style.faint(fit(text, columns));
  const running = ` · ${sinceText(startedMs, nowMs)}`;
  return `${fit(text, Math.max(0, columns - running.length))}${fit(running, columns)}`;
}

function waitText(wait: WaitState, nowMs: number): string {
  const leftMs = Date.parse(wait.until) - nowMs;
  const left = leftMs > 0 ? `${wholeSeconds(leftMs)} left` : "due";
  return `  waits (${wait.for}) ${left}, until ${timeText(wait.until)}: ${wait.why}`;
}

/** Without room for everything, the run's name is left out: it was printed at the start. */
function fittingTotals(run: RunState, view: LiveView, columns: number): string {
  const totals = totalsTexts(run, view);
  const whole = [`${run.name}-${run.run_id}`, ...totals].join(" · ");
  return fit(widthOf(whole) > columns ? totals.join(" · ") : whole, columns);
}

/** ~ marks tokens of the running turn: most CLIs report exact tokens, and any price, only at its end. */
function totalsTexts(
  { totals, defaulted, limits }: RunState,
  { callCount, turnTokens }: LiveView,
): readonly string[] {
  const { usage } = totals;
  const running = [...turnTokens.values()].reduce((sum, tokens) => sum + tokens, 0);
  const tokens = tokensOf(usage) + running;
  return [
    counted(totals.steps, "step"),
    ...(callCount === 0 ? [] : [counted(callCount, "tool call")]),
    ...(tokens === 0 ? [] : [`${running > 0 ? "~" : ""}${compactCount(tokens)} tokens`]),
    ...(totals.attempts === 0
      ? []
      : costNote(usage, { isRunning: running > 0, limitUsd: limitsInForce(limits).cost_usd })),
    ...(defaulted.length === 0 ? [] : [`${countDefaulted(defaulted)} defaulted`]),
  ];
}

interface CostContext {
  readonly isRunning: boolean;
  readonly limitUsd: number | undefined;
}

function costNote(
  { cost_usd, unpriced_turns = 0 }: Usage,
  { isRunning, limitUsd }: CostContext,
): readonly string[] {
  const used = costText({ cost_usd: cost_usd ?? null, unpriced_turns });
  const limit = limitUsd === undefined ? "" : ` of ${costText({ cost_usd: limitUsd, unpriced_turns: 0 })}`;
  const cost = cost_usd === undefined ? used : `${used}${limit}`;
  return cost === "-" ? [] : [isRunning && cost_usd !== undefined ? `${cost} + this turn` : cost];
}

const sinceText = (startedMs: number, nowMs: number): string => wholeSeconds(Math.max(0, nowMs - startedMs));

/** The clock is redrawn every second, so it shows no tenths. */
const wholeSeconds = (ms: number): string => (ms < 60_000 ? `${Math.floor(ms / 1000)}s` : formatDuration(ms));
