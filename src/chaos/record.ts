import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { EventOf, JournalEvent } from "../core/event.ts";
import type { JsonObject } from "../core/json.ts";
import type { RunState } from "../core/run-state.ts";
import type { Source } from "../core/vocabulary.ts";
import { describeExcess } from "../engine/decide/limit-message.ts";
import { readRun } from "../runs/read-run.ts";
import { readJournal } from "../store/journal-reader.ts";
import { plainWhy } from "./plain-why.ts";

/** One step, as the journal records it. */
export interface StepRecord {
  readonly step: number;
  readonly node: string;
  readonly visit: number;
  readonly type: string;
  readonly attempts: number;
  /** How many of the attempts were cut off. */
  readonly cuts: number;
  /** Number of reframes. */
  readonly reframes: number;
  /** Null while it is open. */
  readonly next: string | null;
  readonly defaulted: readonly string[];
  readonly failed: boolean;
  readonly durationMs: number;
  /** Path of the script in the copy of the workflow; null for other nodes. */
  readonly script: string | null;
}

/** What the run directory says about a run, as far as the promises depend on it. */
export interface RunRecord {
  readonly uuid: string;
  readonly status: "running" | "waiting" | "interrupted" | "stopped" | "finished";
  readonly end: string | null;
  /** Why it stopped or waits, without the paths of the scratch copy. */
  readonly why: string;
  /** The limit that stopped it, without advice; null when none did. */
  readonly limitReached: string | null;
  readonly steps: readonly StepRecord[];
  /** Nodes with an attempt or an end after their step had finished. */
  readonly doubled: readonly string[];
  readonly context: JsonObject;
  readonly sources: Readonly<Record<string, Source>>;
}

/** Reads a run. Undefined when it has no journal yet. @throws UsageError when the journal is damaged. */
export function readRecord(runDir: string): RunRecord | undefined {
  if (!existsSync(join(runDir, "journal.jsonl"))) return undefined;
  const steps = new Map<number, StepRecord>();
  const doubled = new Set<string>();
  let stopped: EventOf<"run.stopped"> | undefined;
  readJournal({
    runDir,
    visit: (event) => {
      const before = "step" in event && event.step !== undefined ? steps.get(event.step) : undefined;
      const isWork = event.type === "attempt.started" || event.type === "step.finished";
      if (isWork && before !== undefined && before.next !== null) doubled.add(before.node);
      noteEvent(steps, event);
      if (event.type === "run.stopped") stopped = event;
    },
  });
  const { state } = readRun(runDir);
  const { status, open } = state;
  const wait = open?.phase.kind === "waiting" ? open.phase.wait : undefined;
  return {
    uuid: state.uuid,
    status: wait !== undefined && status.kind !== "finished" ? "waiting" : status.kind,
    end: status.kind === "finished" ? status.node : null,
    why: plainWhy({
      why: wait?.why ?? ("why" in status ? status.why : ""),
      failure: wait === undefined ? stopped?.failure : open?.last_failure,
      place: steps.get(open?.step ?? -1),
    }),
    limitReached: status.kind === "stopped" ? limitIn(stopped, state) : null,
    steps: [...steps.values()],
    doubled: [...doubled],
    context: state.context,
    sources: state.sources,
  };
}

function limitIn(stopped: EventOf<"run.stopped"> | undefined, { totals }: RunState): string | null {
  if (stopped?.excess === undefined) return null;
  return describeExcess(stopped.excess, totals.usage.unpriced_turns ?? 0).what;
}

function noteEvent(steps: Map<number, StepRecord>, event: JournalEvent): void {
  if (event.type === "step.started") steps.set(event.step, startedStep(event));
  const step = "step" in event && event.step !== undefined ? steps.get(event.step) : undefined;
  if (step === undefined) return;
  const change = changeBy(event, step);
  if (change !== undefined) steps.set(step.step, { ...step, ...change });
}

const startedStep = ({ step, node, visit, node_type, command }: EventOf<"step.started">): StepRecord => ({
  step,
  node,
  visit,
  type: node_type,
  attempts: 0,
  cuts: 0,
  reframes: 0,
  next: null,
  defaulted: [],
  failed: false,
  durationMs: 0,
  script: command?.file ?? null,
});

function changeBy(event: JournalEvent, step: StepRecord): Partial<StepRecord> | undefined {
  switch (event.type) {
    case "attempt.started":
      return {
        attempts: step.attempts + 1,
        reframes: step.reframes + (event.mode === "reframe" ? 1 : 0),
      };
    case "attempt.interrupted":
      return { cuts: step.cuts + 1 };
    case "step.finished":
      return {
        next: event.next,
        defaulted: event.defaulted ?? [],
        failed: event.failure !== undefined,
        durationMs: event.duration_ms,
      };
    default:
      return undefined;
  }
}

/** Reads how often the script of each step was started: the wrappers write a line per start. */
export function readLedger(file: string): ReadonlyMap<number, number> {
  const starts = new Map<number, number>();
  if (!existsSync(file)) return starts;
  for (const line of readFileSync(file, "utf8")
    .split("\n")
    .filter((text) => text !== "")) {
    starts.set(Number(line), (starts.get(Number(line)) ?? 0) + 1);
  }
  return starts;
}
