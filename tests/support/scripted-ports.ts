import { inspect, isDeepStrictEqual } from "node:util";
import type { Clock } from "../../src/core/clock.ts";
import type { EventBody, EventOf, JournalEvent, StampedEvent } from "../../src/core/event.ts";
import type { Failure } from "../../src/core/failure.ts";
import type { Json, JsonObject } from "../../src/core/json.ts";
import type { Journal } from "../../src/core/ports.ts";
import type { Usage } from "../../src/core/usage.ts";
import type { Effect, ProbeEffect } from "../../src/engine/effect.ts";
import type { Perform } from "../../src/engine/ports.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { performWait } from "../../src/performers/wait.ts";

/** Ports of the real loop with a script in place of the outside world: no process, no disk, no waiting. */

/** The result of one effect. Turns, scripts, compactions and probes take the next one from the script. */
export type Outcome = {
  /** Its duration on the virtual clock. */
  readonly tookMs?: number;
  /** The CLI reported its session's id. */
  readonly sessionId?: string;
  readonly promptStored?: boolean;
  readonly usage?: Usage;
} & (
  | { readonly kind: "answer"; readonly outputs?: JsonObject }
  | { readonly kind: "failure"; readonly failure: Failure }
  /** Ended by a foreign signal, or by our own stop when the effect is aborted. */
  | { readonly kind: "cut"; readonly progressed?: boolean }
);

export const answer: Outcome = { kind: "answer" };
export const failing = (failure: Failure): Outcome => ({ kind: "failure", failure });
export const cut = (progressed = false): Outcome => ({ kind: "cut", progressed });

export const START_MS = Date.parse("2026-01-01T00:00:00.000Z");

export interface VirtualClock extends Clock {
  pass(ms: number): void;
  /** Sets the wall clock forward, or back when negative. No time passes. */
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

/** A journal that stores what a file would: one JSON text per line. */
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
  readonly clock: VirtualClock;
  /** Taken one by one; after the last, everything is answered. */
  readonly outcomes: { shift(): Outcome | undefined };
  /** Called before each effect; may abort the run. */
  readonly onEffect?: (effect: Effect) => void;
}

/** Performers that return the script's outcomes and see only the effect, as text. Waits are the real ones. */
export function scriptedPerform({ clock, outcomes, onEffect }: ScriptedOutside): Perform {
  return async (described, signal) => {
    const effect = asPlainJson(described);
    onEffect?.(effect);
    if (effect.kind === "wait") return performWait(effect, clock, signal);
    if (signal.aborted) return interrupted(effect, { kind: "cut" });
    const outcome = outcomes.shift() ?? answer;
    clock.pass(outcome.tookMs ?? 0);
    return signal.aborted ? interrupted(effect, outcome) : ended(effect, outcome);
  };
}

/** The effect as another process would receive it. An effect that is not plain JSON fails the test. */
function asPlainJson(effect: Effect): Effect {
  const copy: unknown = JSON.parse(JSON.stringify(effect));
  if (!isDeepStrictEqual(copy, structuredClone(effect)))
    throw new Error(`An effect is no plain JSON: ${inspect(effect)}`);
  return copy as Effect; // equal to the effect, as checked above
}

type ScriptedEffect = Exclude<Effect, { kind: "wait" }>;

function ended(effect: ScriptedEffect, outcome: Outcome): readonly EventBody[] {
  const resumable = effect.kind === "turn" || effect.kind === "script";
  if (outcome.kind === "cut" && resumable) return interrupted(effect, outcome);
  const failure = failureOf(effect, outcome);
  const { step } = effect;
  const duration_ms = outcome.tookMs ?? 0;
  if (effect.kind === "compact") {
    const { compaction } = effect;
    return [{ type: "compact.finished", step, compaction, duration_ms, ...(failure && { failure }) }];
  }
  if (effect.kind === "probe") return [probed(effect, { failure, duration_ms })];
  const common = {
    step,
    attempt: effect.attempt,
    duration_ms,
    ...told(effect, outcome),
    ...used(effect, outcome),
  };
  if (failure) return [{ type: "attempt.failed", failure, ...common }];
  const outputs = { ...declaredOutputs(effect), ...(outcome.kind === "answer" && outcome.outputs) };
  return [{ type: "attempt.finished", outputs, source: sourceOf(effect), ...common }];
}

const probed = (
  { step, probe }: ProbeEffect,
  { failure, duration_ms }: { failure: Failure | undefined; duration_ms: number },
): EventBody => ({
  type: "probe.finished",
  step,
  probe,
  ok: failure === undefined,
  ...(failure && { failure }),
  duration_ms,
});

/** A killed compaction or probe counts as any other disturbance. */
function failureOf(effect: ScriptedEffect, outcome: Outcome): Failure | undefined {
  if (outcome.kind === "cut") return { class: "transient", reason: "stream_cut", message: "It was killed." };
  return outcome.kind === "failure" ? fitting(effect, outcome.failure) : undefined;
}

/** Scripts know only two classes; a failure of another class becomes "not now". */
function fitting(effect: ScriptedEffect, failure: Failure): Failure {
  const scripts = failure.class === "script" || failure.class === "transient";
  if (effect.kind === "script")
    return scripts ? failure : { class: "transient", reason: "not_now", message: "Not now." };
  return failure.class === "script" ? { class: "answer", reason: "no_json", message: "No JSON." } : failure;
}

function interrupted(effect: ScriptedEffect, outcome: Outcome): readonly EventBody[] {
  if (effect.kind === "compact" || effect.kind === "probe") return [];
  const { step, attempt } = effect;
  const { session, prompt_stored = false } = told(effect, outcome);
  const progressed = outcome.kind === "cut" && outcome.progressed === true;
  const stored = effect.kind === "turn" && (prompt_stored || !effect.session.fresh);
  const ran_ms = outcome.tookMs ?? 0;
  return [{ type: "attempt.interrupted", step, attempt, ran_ms, progressed, prompt_stored: stored, session }];
}

const used = (effect: ScriptedEffect, { usage }: Outcome): { usage?: Usage } =>
  usage === undefined || effect.kind !== "turn" ? {} : { usage };

interface Told {
  readonly session: { number: number; id: string | null } | null;
  readonly prompt_stored?: boolean;
}

function told(effect: ScriptedEffect, { sessionId, promptStored }: Outcome): Told {
  if (effect.kind !== "turn") return { session: null };
  const { number, id } = effect.session;
  return {
    session: { number, id: id ?? sessionId ?? null },
    ...(promptStored !== undefined && { prompt_stored: promptStored }),
  };
}

const SOURCES = { whole: "agent", corrected: "repaired", reframed: "reframed" } as const;

function sourceOf(effect: ScriptedEffect): "agent" | "repaired" | "reframed" | "script" {
  if (effect.kind !== "turn") return "script";
  return SOURCES[effect.ask];
}

function declaredOutputs(effect: ScriptedEffect): JsonObject {
  if (effect.kind !== "turn" && effect.kind !== "script") return {};
  const declared = effect.outputs.filter((output) => output.optional !== true);
  return Object.fromEntries(
    declared.map(({ key }): [string, Json] => [key, { from: effect.node, flag: "genuine" }]),
  );
}
