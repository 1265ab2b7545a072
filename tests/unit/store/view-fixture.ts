import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { EventBody, EventOf, JournalEvent } from "../../../src/core/event.ts";
import type { RunState } from "../../../src/core/run-state.ts";
import type { FileSystem } from "../../../src/store/file-system.ts";
import { systemFiles } from "../../../src/store/files.ts";
import { readSnapshot } from "../../../src/store/snapshot.ts";
import { createViews, type Views } from "../../../src/store/views.ts";
import { startRun, stateOf, temporaryDirectory, type TestRun } from "./run-fixture.ts";

export interface Viewed extends TestRun {
  readonly views: Views;
  readonly problems: string[];
  /** Appends the events and passes them to the views. */
  record(state: Partial<RunState>, ...bodies: EventBody[]): Promise<readonly JournalEvent[]>;
  text(path: string): string;
  json(path: string): unknown;
}

/** A run whose views are written beside its journal. */
export function viewedRun(files: FileSystem = systemFiles, stillHeld = () => true): Viewed {
  const run = startRun({ runDir: join(temporaryDirectory(), "demo-default") });
  const problems: string[] = [];
  const told: { readonly event: JournalEvent; readonly state: RunState }[] = [];
  const views = createViews({
    runDir: run.runDir,
    position: () => run.journal.position(),
    onProblem: (message) => problems.push(message),
    stillHeld,
    replayTail: (visit) => {
      const from = readSnapshot({ runDir: run.runDir })?.position.seq ?? 0;
      for (const { event, state } of told) if (event.seq > from) visit(event, state);
    },
    files,
  });
  const text = (path: string) => readFileSync(join(run.runDir, path), "utf8");
  return {
    ...run,
    views,
    problems,
    record: async (state, ...bodies) => {
      const events = await run.append(...bodies);
      const after = stateOf({ seq: run.journal.position().seq, run_dir: run.runDir, ...state });
      told.push(...events.map((event) => ({ event, state: after })));
      views.listener(events, after);
      return events;
    },
    text,
    json: (path) => JSON.parse(text(path)),
  };
}

export const stepStarted = (step: number, node: string, more: Partial<EventOf<"step.started">> = {}) => ({
  type: "step.started" as const,
  step,
  node,
  node_type: "agent",
  visit: 1,
  reads: [],
  missing: [],
  ...more,
});

export const stepFinished = (step: number, node: string, more: Partial<EventOf<"step.finished">> = {}) => ({
  type: "step.finished" as const,
  step,
  node,
  outputs: {},
  sources: {},
  set: {},
  next: "end",
  duration_ms: 5,
  ...more,
});

/** A whole agent step in one batch. */
export const agentStep: readonly EventBody[] = [
  stepStarted(1, "plan", { task: { prompt: "Plan it.", args: {} } }),
  {
    type: "attempt.started",
    step: 1,
    attempt: 1,
    mode: "task",
    session: { number: 1, id: "s", fresh: true },
    prompt: "Plan it. As JSON.",
    timeout_ms: 1000,
  },
  {
    type: "attempt.finished",
    step: 1,
    attempt: 1,
    outputs: { plan: { tasks: 3 } },
    source: "agent",
    session: { number: 1, id: "s" },
    duration_ms: 12,
  },
  stepFinished(1, "plan", {
    outputs: { plan: { tasks: 3 } },
    sources: { plan: { source: "agent", tainted_by: [] } },
  }),
];
