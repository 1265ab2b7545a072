import { createHash } from "node:crypto";
import type { z } from "zod";
import { eventBodySchema, envelopeSchema, type EventOf, type StampedEvent } from "../../src/core/event.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { Limits } from "../../src/core/limits.ts";
import type { FreeDisk } from "../../src/core/ports.ts";
import type { RunState } from "../../src/core/run-state.ts";
import type { Collected } from "../../src/engine/collect.ts";
import type { Effect } from "../../src/engine/effect.ts";
import { runLoop } from "../../src/engine/loop.ts";
import { cursorMove, cutAttempt, limitsChange, collectResume } from "../../src/start/resume-changes.ts";
import type { Move } from "../../src/start/run-request.ts";
import type { BackendTraits, EngineSettings } from "../../src/engine/settings.ts";
import { reduce } from "../../src/engine/reduce/reduce-run.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { NODE_SCHEMAS, type Node, type NodeType } from "../../src/graph/schema.ts";
import { readPolicy } from "../../src/recovery/policy.ts";
import {
  memoryJournal,
  type Outcome,
  runResumed,
  runStarted,
  scriptedPerform,
  virtualClock,
  type VirtualClock,
} from "./scripted-ports.ts";

export interface GraphSketch {
  readonly start?: string;
  readonly vars?: JsonObject;
  /** As written in workflow.yaml. */
  readonly nodes: readonly ({ readonly id: string; readonly type: NodeType } & JsonObject)[];
  readonly limits?: Limits;
  readonly labels?: Readonly<Record<string, string>>;
  /** Prompt template by agent node; default `Do it.` */
  readonly prompts?: Readonly<Record<string, string>>;
}

/** A graph whose nodes have passed the schema of the workflow file. */
export function graphOf({
  start,
  vars = {},
  nodes,
  prompts = {},
  limits = {},
  labels = {},
}: GraphSketch): Graph {
  const parsed = nodes.map((node): Node => NODE_SCHEMAS[node.type].parse(node));
  const agents = parsed.filter((node) => node.type === "agent");
  return {
    name: "scripted",
    declaresName: true,
    directory: "/workflow",
    file: "/workflow/workflow.yaml",
    hash: "0".repeat(64),
    parts: { header: {}, nodes: {} },
    start: start ?? parsed[0]?.id ?? "",
    vars,
    env: {},
    requires: [],
    labels,
    limits,
    nodes: new Map(parsed.map((node) => [node.id, node])),
    prompts: new Map(agents.map(({ id }) => [id, prompts[id] ?? "Do it."])),
    warnings: [],
  };
}

export interface SceneSketch extends GraphSketch {
  readonly environment?: Readonly<Record<string, string>>;
  readonly noWait?: boolean;
  readonly backend?: Partial<BackendTraits>;
}

const ABLE: BackendTraits = { canCompact: true, canChooseSessionId: true, canProbe: false };

export const sha256 = (text: string): Uint8Array => createHash("sha256").update(text).digest();

export const settingsOf = ({
  environment = {},
  noWait = false,
  backend,
  ...graph
}: SceneSketch): EngineSettings => ({
  graph: graphOf(graph),
  policy: readPolicy(environment, noWait),
  backend: { ...ABLE, ...backend },
  digest: sha256,
});

/** A scripted run that can be started any number of times, as a person or a supervisor would. */
export interface ScriptedRun {
  readonly settings: EngineSettings;
  readonly clock: VirtualClock;
  /** The journal so far, parsed from its text. */
  readonly events: () => readonly StampedEvent[];
  /** The live loop's states after each durable batch, by the seq of its last event. */
  readonly live: ReadonlyMap<number, RunState>;
  readonly effects: readonly Effect[];
  /** Adds to the script. */
  readonly script: (...outcomes: Outcome[]) => void;
  /** The work of one process on the run. */
  readonly start: (start?: Start) => Promise<RunState>;
}

export interface Start {
  /** For a changed workflow or policy. */
  readonly settings?: EngineSettings;
  readonly move?: Move;
  /** As with --limit. */
  readonly limits?: Limits;
}

export interface RunSketch {
  readonly settings: EngineSettings;
  readonly outcomes?: readonly Outcome[];
  /** Numbers of the effects (from 0) during which the process is stopped. */
  readonly abortAt?: ReadonlySet<number>;
  /** The events of an earlier process; its last attempt may be open. */
  readonly earlier?: readonly StampedEvent[];
  readonly nowMs?: number;
  readonly freeDisk?: () => readonly FreeDisk[];
  readonly onEffect?: (effect: Effect) => void;
}

export function scriptedRun({
  settings,
  outcomes = [],
  abortAt,
  earlier = [],
  nowMs,
  freeDisk,
  onEffect: tell,
}: RunSketch): ScriptedRun {
  const clock = virtualClock(nowMs);
  const journal = memoryJournal(earlier.map((event) => JSON.stringify(event)));
  const script = [...outcomes];
  const live = new Map<number, RunState>();
  const effects: Effect[] = [];
  const start = async ({
    settings: current = settings,
    move,
    limits = {},
  }: Start = {}): Promise<RunState> => {
    const stop = new AbortController();
    const onEffect = (effect: Effect) => {
      if (abortAt?.has(effects.length)) stop.abort("SIGTERM");
      effects.push(effect);
      tell?.(effect);
    };
    const events = decoded(journal.lines);
    const from = opening(events, { graph: current.graph, nowMs: clock.now(), move, limits });
    return runLoop({
      state: from.state,
      opening: from.events,
      settings: current,
      ports: {
        clock,
        journal,
        perform: scriptedPerform({ clock, outcomes: script, onEffect }),
        ...(freeDisk && { freeDisk }),
        listeners: [(_, state) => void live.set(state.seq, copyOf(state))],
      },
      signal: stop.signal,
    });
  };
  return {
    settings,
    clock,
    live,
    effects,
    start,
    events: () => decoded(journal.lines),
    script: (...more) => void script.push(...more),
  };
}

/** A copy that later changes of the same objects cannot affect. */
const copyOf = (state: RunState): RunState => JSON.parse(JSON.stringify(state)) as RunState; // it is JSON

const lineSchema = envelopeSchema.and(eventBodySchema);
const decoded = (lines: readonly string[]): StampedEvent[] => lines.map((line) => checked(line, lineSchema));

/** Parses the text after checking its shape. The schema's own parse would drop keys such as `__proto__`. */
export function checked<T>(text: string, schema: z.ZodType<T>): T {
  const value: unknown = JSON.parse(text);
  schema.parse(value);
  return value as T; // checked on the line before
}

export function fold(events: readonly StampedEvent[], from?: RunState): RunState {
  const state = events.reduce<RunState | undefined>(reduce, from);
  if (state === undefined) throw new Error("No events, no state.");
  return state;
}

interface Opening {
  readonly graph: Graph;
  readonly nowMs: number;
  readonly move: Move | undefined;
  readonly limits: Limits;
}

/** Opens a run directory: starts the run, or takes it over and reports what became of the attempt in progress. */
function opening(
  events: readonly StampedEvent[],
  { graph, nowMs, move = { kind: "none" }, limits }: Opening,
): Collected {
  if (events.length === 0) {
    const started = runStarted(graph);
    return { state: reduce(undefined, started), events: [started] };
  }
  const state = fold(events);
  return collectResume(state, {
    resumed: runResumed(graph),
    cut: scriptedCut(state, nowMs),
    changes: [
      ...limitsChange(state, graph.limits, limits),
      ...cursorMove(state, { move, before: undefined }),
    ],
    nowMs,
  });
}

/** What is found of an attempt whose end nobody saw. */
export function scriptedCut(state: RunState, nowMs: number): EventOf<"attempt.interrupted"> | undefined {
  const open = cutAttempt(state);
  return (
    open && {
      type: "attempt.interrupted",
      step: open.step,
      attempt: open.attempt,
      ran_ms: Math.max(0, nowMs - Date.parse(open.startedAt)),
      progressed: false,
      prompt_stored: state.open?.prompt_stored === true,
      session: null,
    }
  );
}
