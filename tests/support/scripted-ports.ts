import type { Clock } from "../../src/core/clock.ts";
import type { EventBody, EventOf, JournalEvent, StampedEvent } from "../../src/core/event.ts";
import type { Failure } from "../../src/core/failure.ts";
import type { Json, JsonObject } from "../../src/core/json.ts";
import type { EffectAction, Journal, Perform } from "../../src/core/ports.ts";
import type { RunState } from "../../src/core/run-state.ts";
import type { Usage } from "../../src/core/usage.ts";
import { stepContext } from "../../src/prompts/step-context.ts";
import type { EngineSettings } from "../../src/engine/settings.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { performBranch } from "../../src/performers/branch.ts";
import { performWait } from "../../src/performers/wait.ts";

/** Ports of the real loop with a script in place of the outside: no process, no disk, no waiting. */

/** What one effect comes to. Turns, scripts, compactions and probes take the next one of the script. */
export type Outcome = {
  /** Time it takes on the virtual clock. */
  readonly tookMs?: number;
  /** The CLI told its session's id. */
  readonly sessionId?: string;
  readonly promptStored?: boolean;
  readonly usage?: Usage;
} & (
  | { readonly kind: "answer"; readonly outputs?: JsonObject }
  | { readonly kind: "failure"; readonly failure: Failure }
  /** Ended by a signal that was not ours, or by our own stop when the effect is asked to abort. */
  | { readonly kind: "cut"; readonly progressed?: boolean }
);

export const answer: Outcome = { kind: "answer" };
export const failing = (failure: Failure): Outcome => ({ kind: "failure", failure });
export const cut = (progressed = false): Outcome => ({ kind: "cut", progressed });

export const START_MS = Date.parse("2026-01-01T00:00:00.000Z");

export interface VirtualClock extends Clock {
  pass(ms: number): void;
  /** Somebody sets the wall clock: forward, or back when negative. No time passes. */
  set(byMs: number): void;
}

export function virtualClock(startMs = START_MS): VirtualClock {
  let passedMs = startMs;
  let setByMs = 0;
  const pass = (ms: number) => void (passedMs += ms);
  return {
    now: () => passedMs + setByMs,
    monotonic: () => passedMs,
    pass,
    set: (byMs) => void (setByMs += byMs),
    sleep: (ms, signal) => {
      if (!signal.aborted) pass(ms);
      return Promise.resolve();
    },
  };
}

/** A journal that keeps what a file would: one JSON text a line. */
export interface MemoryJournal extends Journal {
  readonly lines: readonly string[];
}

export function memoryJournal(earlier: readonly string[] = []): MemoryJournal {
  const lines = [...earlier];
  return {
    lines,
    append: (events) => {
      const [first] = events;
      const written = events.map((event): JournalEvent => ({ ...event, batch: first?.seq ?? 0 }));
      lines.push(...written.map((event) => JSON.stringify(event)));
      return Promise.resolve(written);
    },
  };
}

export const runStarted = (
  graph: Graph,
  startId: string | null = null,
): StampedEvent & EventOf<"run.started"> => ({
  seq: 1,
  lease: 1,
  at: new Date(START_MS).toISOString(),
  path: [graph.start],
  type: "run.started",
  format: 1,
  uuid: "00000000-0000-8000-8000-000000000001",
  name: graph.name,
  run_id: "default",
  workflow: { path: graph.file, hash: graph.hash },
  cli: "claude",
  model: null,
  params: {},
  context: graph.vars,
  start: graph.start,
  run_dir: "/runs/scripted-default",
  workspace: "/workspace/scripted",
  holder,
  start_id: startId,
  versions: { longhaul: "0.1.0" },
  limits: { workflow: graph.limits, asked: {} },
});

const holder = { host: "test", boot_id: "boot", pid_namespace: "1", pid: 1, pid_started: "1" };

export const runResumed = (graph: Graph): EventOf<"run.resumed"> => ({
  type: "run.resumed",
  holder,
  start_id: null,
  workflow: { path: graph.file, hash: graph.hash, changed: false },
  versions: { longhaul: "0.1.0" },
  run_dir: "/runs/scripted-default",
  workspace: "/workspace/scripted",
});

export interface ScriptedOutside {
  readonly settings: EngineSettings;
  readonly clock: VirtualClock;
  /** Taken one by one; when none is left, everything is answered. */
  readonly outcomes: { shift(): Outcome | undefined };
  /** Called before each effect; may abort the run's signal. */
  readonly onEffect?: (action: EffectAction) => void;
}

/** Performers that return what the script says. Branches and waits are the real ones. */
export function scriptedPerform({ settings, clock, outcomes, onEffect }: ScriptedOutside): Perform {
  return async (action, { state, signal }) => {
    onEffect?.(action);
    if (action.kind === "wait") return performWait(action, clock, signal);
    if (action.kind === "branch") return branch(action, state, settings.graph);
    if (signal.aborted) return interrupted(action, { kind: "cut" }, state);
    const outcome = outcomes.shift() ?? answer;
    clock.pass(outcome.tookMs ?? 0);
    return signal.aborted ? interrupted(action, outcome, state) : ended(action, outcome, { state, settings });
  };
}

type ScriptedAction = Exclude<EffectAction, { kind: "wait" | "branch" }>;

function branch(action: Extract<EffectAction, { kind: "branch" }>, state: RunState, graph: Graph) {
  const node = graph.nodes.get(action.node);
  if (node?.type !== "branch") throw new Error(`${action.node} is no branch.`);
  const context = stepContext(state, state.visits);
  return performBranch(action, { state, signal: new AbortController().signal }, { node, context });
}

function ended(
  action: ScriptedAction,
  outcome: Outcome,
  at: { readonly state: RunState; readonly settings: EngineSettings },
): readonly EventBody[] {
  const resumable = action.kind === "turn" || action.kind === "script";
  if (outcome.kind === "cut" && resumable) return interrupted(action, outcome, at.state);
  const failure = failureOf(action, outcome);
  const { step } = action;
  const duration_ms = outcome.tookMs ?? 0;
  if (action.kind === "compact") {
    const { compaction } = action;
    return [{ type: "compact.finished", step, compaction, duration_ms, ...(failure && { failure }) }];
  }
  if (action.kind === "probe") return probed(action, { failure, duration_ms, state: at.state });
  const common = {
    step,
    attempt: action.attempt,
    duration_ms,
    ...told(action, outcome),
    ...used(action, outcome),
  };
  if (failure) return [{ type: "attempt.failed", failure, ...common }];
  const outputs = {
    ...declaredOutputs(action, at.settings.graph),
    ...(outcome.kind === "answer" && outcome.outputs),
  };
  return [{ type: "attempt.finished", outputs, source: sourceOf(action), ...common }];
}

function probed(
  { step, probe }: Extract<EffectAction, { kind: "probe" }>,
  { failure, duration_ms, state }: { failure: Failure | undefined; duration_ms: number; state: RunState },
): readonly EventBody[] {
  const phase = state.open?.phase;
  const slept_ms = phase?.kind === "waiting" ? phase.wait.slept_ms : 0;
  if (failure) return [{ type: "probe.finished", step, probe, ok: false, failure, duration_ms }];
  return [
    { type: "probe.finished", step, probe, ok: true, duration_ms },
    { type: "wait.finished", step, slept_ms, how: "probe" },
  ];
}

/** A compaction or probe that something killed is a disturbance like any other. */
function failureOf(action: ScriptedAction, outcome: Outcome): Failure | undefined {
  if (outcome.kind === "cut") return { class: "transient", reason: "stream_cut", message: "It was killed." };
  return outcome.kind === "failure" ? fitting(action, outcome.failure) : undefined;
}

/** Scripts know two classes only; a failure of another one becomes "not now". */
function fitting(action: ScriptedAction, failure: Failure): Failure {
  const scripts = failure.class === "script" || failure.class === "transient";
  if (action.kind === "script")
    return scripts ? failure : { class: "transient", reason: "not_now", message: "Not now." };
  return failure.class === "script" ? { class: "answer", reason: "no_json", message: "No JSON." } : failure;
}

function interrupted(action: ScriptedAction, outcome: Outcome, state: RunState): readonly EventBody[] {
  if (action.kind === "compact" || action.kind === "probe") return [];
  const { step, attempt } = action;
  const { session, prompt_stored = false } = told(action, outcome);
  const progressed = outcome.kind === "cut" && outcome.progressed === true;
  const stored = action.kind === "turn" && (prompt_stored || state.open?.prompt_stored === true);
  const ran_ms = outcome.tookMs ?? 0;
  return [{ type: "attempt.interrupted", step, attempt, ran_ms, progressed, prompt_stored: stored, session }];
}

const used = (action: ScriptedAction, { usage }: Outcome): { usage?: Usage } =>
  usage === undefined || action.kind !== "turn" ? {} : { usage };

interface Told {
  readonly session: { number: number; id: string | null } | null;
  readonly prompt_stored?: boolean;
}

function told(action: ScriptedAction, { sessionId, promptStored }: Outcome): Told {
  if (action.kind !== "turn") return { session: null };
  const { number, id } = action.session;
  return {
    session: { number, id: id ?? sessionId ?? null },
    ...(promptStored !== undefined && { prompt_stored: promptStored }),
  };
}

function sourceOf(action: ScriptedAction): "agent" | "repaired" | "reframed" | "script" {
  if (action.kind !== "turn") return "script";
  if (action.turn.mode === "reframe") return "reframed";
  return action.turn.mode === "correct" ? "repaired" : "agent";
}

function declaredOutputs({ node: id }: ScriptedAction, graph: Graph): JsonObject {
  const node = graph.nodes.get(id);
  if (node?.type !== "agent" && node?.type !== "script") return {};
  const declared = (node.outputs ?? []).filter((output) => output.optional !== true);
  return Object.fromEntries(declared.map(({ key }): [string, Json] => [key, { from: id, flag: "genuine" }]));
}
