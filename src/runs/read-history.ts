import { type Json, type JsonObject, ownValue } from "../core/json.ts";
import type { JournalEvent } from "../core/event.ts";
import type { Failure } from "../core/failure.ts";
import type { RunState } from "../core/run-state.ts";
import type { Source } from "../core/vocabulary.ts";
import { readJournal } from "../store/journal-reader.ts";
import { positionBeforeSteps } from "../store/journal-tail.ts";
import { createHistory, type StepHistory } from "./run-history.ts";
import { reduce } from "../engine/reduce/reduce-run.ts";

/** Calls `visit` for every step in order, without its values. Needs bounded memory for any number of steps. */
export function visitHistory(runDir: string, visit: (step: StepHistory) => void): void {
  const history = createHistory();
  readJournal({
    runDir,
    visit: (event) => {
      const step = history.push(event);
      if (step !== undefined) visit(step);
    },
  });
  const open = history.open();
  if (open !== undefined) visit(open);
}

/** Reads the last steps of a run from the end of its journal. */
export function lastSteps(runDir: string, count: number): readonly StepHistory[] {
  const history = createHistory();
  let steps: StepHistory[] = [];
  readJournal({
    runDir,
    from: positionBeforeSteps(runDir, count),
    visit: (event) => {
      const step = history.push(event);
      if (step !== undefined) steps.push(step);
      if (steps.length > 2 * count) steps = steps.slice(-count);
    },
  });
  const open = history.open();
  return (open === undefined ? steps : [...steps, open]).slice(-count);
}

/** Marks an attempt without an end as interrupted, for a run whose process was killed. Pure. */
export const cutOff = (step: StepHistory): StepHistory => ({
  ...step,
  entries: step.entries.map((entry) =>
    entry.kind === "attempt" && entry.result === "running" ? { ...entry, result: "interrupted" } : entry,
  ),
});

/** The prompt and the result of one attempt. */
export interface AttemptText {
  readonly attempt: number;
  readonly prompt: string | null;
  readonly outputs: JsonObject | null;
  readonly failure: Failure | null;
}

/** A change of one context key by a step. `undefined` means that the key is absent. */
export interface ContextChange {
  readonly key: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  readonly source: Source | undefined;
}

/** Everything about one step. */
export interface StepDetail {
  readonly history: StepHistory;
  readonly task: string | null;
  readonly command: readonly string[] | null;
  readonly cwd: string | null;
  readonly attempts: readonly AttemptText[];
  readonly outputs: JsonObject | null;
  readonly changes: readonly ContextChange[];
}

/** The step with this number, or the newest visit of the node with this id; undefined when there was none. */
export function readStep(runDir: string, wanted: number | string): StepDetail | undefined {
  let state: RunState | undefined;
  let reading: Reading | undefined;
  readJournal({
    runDir,
    visit: (event) => {
      const before = state;
      state = reduce(state, event);
      if (event.type === "step.started" && reading?.open === true) reading = { ...reading, open: false };
      if (event.type === "step.started" && (event.step === wanted || event.node === wanted))
        reading = { events: [], before: before ?? state, after: state, open: true };
      if (reading?.open !== true) return;
      reading = { ...reading, after: state, open: event.type !== "step.finished" };
      reading.events.push(event);
    },
  });
  return reading === undefined ? undefined : detailOf(reading);
}

interface Reading {
  /** The events of this step. */
  readonly events: JournalEvent[];
  readonly before: RunState;
  readonly after: RunState;
  readonly open: boolean;
}

function detailOf({ events, before, after }: Reading): StepDetail | undefined {
  const history = createHistory();
  const ended = events.map((event) => history.push(event)).find((step) => step !== undefined);
  const step = ended ?? history.open();
  const started = events.find((event) => event.type === "step.started");
  if (step === undefined || started === undefined) return undefined;
  const { task, command, cwd } = started;
  return {
    history: step,
    task: task?.prompt ?? null,
    command: command === undefined ? null : [command.file, ...command.args],
    cwd: cwd ?? null,
    attempts: attemptTexts(events),
    outputs: events.findLast((event) => event.type === "step.finished")?.outputs ?? null,
    changes: contextChanges(before, after),
  };
}

function attemptTexts(events: readonly JournalEvent[]): readonly AttemptText[] {
  return events
    .filter((event) => event.type === "attempt.started")
    .map(({ attempt, prompt }) => {
      const of = (event: JournalEvent) => "attempt" in event && event.attempt === attempt;
      const finished = events.find((event) => event.type === "attempt.finished" && of(event));
      const failed = events.find((event) => event.type === "attempt.failed" && of(event));
      return {
        attempt,
        prompt: prompt ?? null,
        outputs: finished?.type === "attempt.finished" ? finished.outputs : null,
        failure: failed?.type === "attempt.failed" ? failed.failure : null,
      };
    });
}

/** The differences between two contexts, by key. Pure. */
export function contextChanges(
  before: Pick<RunState, "context">,
  after: Pick<RunState, "context" | "sources">,
): readonly ContextChange[] {
  const keys = [...new Set([...Object.keys(before.context), ...Object.keys(after.context)])].toSorted();
  return keys
    .filter(
      (key) => JSON.stringify(ownValue(before.context, key)) !== JSON.stringify(ownValue(after.context, key)),
    )
    .map((key) => ({
      key,
      before: ownValue(before.context, key),
      after: ownValue(after.context, key),
      source: ownValue(after.sources, key),
    }));
}
