import { expect, test } from "vitest";
import type { StampedEvent } from "../../../src/core/event.ts";
import type { RunState } from "../../../src/core/run-state.ts";
import { runLoop } from "../../../src/engine/loop.ts";
import { reduce } from "../../../src/engine/reduce/reduce-run.ts";
import { memoryJournal, runStarted, scriptedPerform, virtualClock } from "../../support/scripted-ports.ts";
import { type GraphSketch, settingsOf } from "../../support/scripted-run.ts";

interface Told {
  readonly events: readonly StampedEvent[];
  readonly state: RunState;
}

/** Walks a graph; tells what each write held and what the listeners were told, and can abort after a number of writes. */
async function walk(graph: GraphSketch, { writesUntilStop = Infinity } = {}) {
  const settings = settingsOf(graph);
  const started = runStarted(settings.graph);
  const stop = new AbortController();
  const memory = memoryJournal();
  const writes: (readonly StampedEvent[])[] = [];
  const told: Told[] = [];
  const clock = virtualClock();
  const state = await runLoop({
    state: reduce(undefined, started),
    opening: [started],
    settings,
    ports: {
      clock,
      journal: {
        append: (events) => {
          writes.push([...events]);
          if (writes.length >= writesUntilStop) stop.abort("SIGTERM");
          return memory.append(events);
        },
      },
      perform: scriptedPerform({ clock, outcomes: [] }),
      listeners: [(events, after) => void told.push({ events, state: after })],
    },
    signal: stop.signal,
  });
  return { state, writes, told };
}

const typesOf = (events: readonly StampedEvent[]) => events.map(({ type }) => type);

test("branches between two effects are written together with the second effect", async () => {
  const { state, writes } = await walk({
    vars: { word: "moss" },
    nodes: [
      { id: "first", type: "script", script: "a.sh", next: "which" },
      { id: "which", type: "branch", path: "word", cases: { moss: "really" }, default: "end" },
      { id: "really", type: "branch", path: "word", cases: { moss: "second" }, default: "end" },
      { id: "second", type: "script", script: "b.sh", next: "end" },
      { id: "end", type: "terminal" },
    ],
  });
  expect(state.status).toMatchObject({ kind: "finished", node: "end" });
  expect(writes.map(typesOf)).toEqual([
    ["run.started", "step.started", "attempt.started"],
    [
      "attempt.finished",
      "step.finished",
      "step.started",
      "step.finished",
      "step.started",
      "step.finished",
      "step.started",
      "attempt.started",
    ],
    ["attempt.finished", "step.finished", "run.finished"],
  ]);
});

test("listeners receive each step of a write with the state at its end", async () => {
  const { told } = await walk({
    vars: { word: "moss" },
    nodes: [
      { id: "one", type: "branch", path: "word", default: "two" },
      { id: "two", type: "branch", path: "word", default: "end" },
      { id: "end", type: "terminal" },
    ],
  });
  const ends = told.map(({ events, state }) => [events.at(-1)?.type, state.cursor, state.seq]);
  expect(ends).toEqual([
    ["step.finished", "two", 3],
    ["step.finished", "end", 5],
    ["run.finished", "end", 6],
  ]);
  for (const { events, state } of told) expect(events.at(-1)?.seq).toBe(state.seq);
});

test("a circle of branches is written in batches, and a stop ends it", async () => {
  const { state, writes } = await walk(
    {
      vars: { word: "moss" },
      nodes: [
        { id: "left", type: "branch", path: "word", cases: { fern: "end" }, default: "right" },
        { id: "right", type: "branch", path: "word", default: "left" },
        { id: "end", type: "terminal" },
      ],
    },
    { writesUntilStop: 3 },
  );
  expect(state.status).toMatchObject({ kind: "interrupted" });
  expect(Math.max(...writes.map(({ length }) => length))).toBeLessThanOrEqual(200);
  expect(writes.length).toBeGreaterThanOrEqual(3);
});
