import type { JournalEvent } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import { readRun } from "../runs/read-run.ts";
import { createHistory, type StepHistory } from "../runs/run-history.ts";
import { knownUntilMs, type LiveFacts } from "../runs/run-overview.ts";
import { readJournal } from "../store/journal-reader.ts";
import { type Diagram, type DiagramEdge, type DiagramNode, edgeKey, type Overlay } from "./diagram.ts";

/** The nodes that a run visited and the edges that it took. */
export interface Journey {
  readonly overlay: Overlay;
  /** The part of the workflow that the run visited, to draw if the workflow itself is gone. */
  readonly seen: Diagram;
}

/** @throws UsageError when the journal is missing, damaged or of a newer format. */
export function readJourney(runDir: string, live: LiveFacts): Journey {
  const { state } = readRun(runDir);
  const recorder = recordJourney();
  readJournal({ runDir, visit: recorder.event });
  return recorder.end(state, knownUntilMs(state, live));
}

/** Collects a journey from the events of a run, in their order. */
export function recordJourney(): {
  readonly event: (event: JournalEvent) => StepHistory | undefined;
  /** `untilMs` is the last time at which the run is known to have been running. */
  readonly end: (state: RunState, untilMs: number) => Journey;
  readonly open: () => StepHistory | undefined;
} {
  const history = createHistory();
  const nodes = new Map<string, { visits: number; durationMs: number }>();
  const types = new Map<string, string>();
  const edges = new Map<string, number>();
  const take = (from: string, to: string) =>
    edges.set(edgeKey(from, to), (edges.get(edgeKey(from, to)) ?? 0) + 1);
  const enter = ({ node, node_type }: StepHistory, durationMs: number) => {
    const before = nodes.get(node) ?? { visits: 0, durationMs: 0 };
    nodes.set(node, { visits: before.visits + 1, durationMs: before.durationMs + durationMs });
    types.set(node, node_type);
  };
  return {
    open: () => history.open(),
    event: (event) => {
      const step = history.push(event);
      if (step !== undefined) enter(step, step.end?.duration_ms ?? 0);
      if (event.type === "step.finished") take(event.node, event.next);
      if (event.type === "visits.exhausted") take(event.node, event.next);
      return step;
    },
    end: (state, untilMs) => {
      const open = history.open();
      if (open !== undefined) enter(open, untilMs - Date.parse(open.started_at));
      const at = state.status.kind === "finished" ? state.status.node : state.cursor;
      if (state.status.kind === "finished") {
        nodes.set(at, nodes.get(at) ?? { visits: 1, durationMs: 0 });
        types.set(at, state.status.outcome);
      }
      return { overlay: { nodes, edges, at }, seen: seenDiagram(state, types, edges) };
    },
  };
}

function seenDiagram(
  state: RunState,
  types: ReadonlyMap<string, string>,
  taken: ReadonlyMap<string, number>,
): Diagram {
  const edges = [...taken.keys()].map((key): DiagramEdge => {
    const [from = "", to = ""] = key.split(" ");
    return { from, to, labels: [], kind: "usual" };
  });
  const ids = new Set([...types.keys(), ...edges.flatMap(({ from, to }) => [from, to])]);
  const nodes = [...ids].map((id): DiagramNode => ({ id, type: types.get(id) ?? "unknown" }));
  return { title: state.name, start: nodes[0]?.id ?? "", nodes, edges };
}
