import type { EventOf } from "../core/event.ts";
import type { JsonObject } from "../core/json.ts";
import { withLabels } from "../engine/decide/labels.ts";
import { reduce } from "../engine/reduce/reduce-run.ts";
import type { Graph } from "../graph/graph.ts";
import { systemFiles } from "../store/files.ts";
import { createJournal } from "../store/journal.ts";
import type { OpenedRun, OpenRunPorts } from "./opened-run.ts";
import type { PreparedStart } from "./prepared-start.ts";
import { startWarnings } from "./start-warnings.ts";

/** Begins a run in a directory that holds none: its first event is durable when this returns. */
export function beginRun(start: PreparedStart, ports: OpenRunPorts): OpenedRun {
  const { clock, stillHeld, files = systemFiles } = ports;
  const { request, run } = start;
  const { graph } = run;
  for (const warning of startWarnings(graph, request.params)) ports.say(warning);
  const at = new Date(clock.now()).toISOString();
  const first = withLabels({ seq: 1, lease: 1, at, path: [graph.start], ...startedEvent(start) }, graph);
  const state = reduce(undefined, first);
  const { journal, events } = createJournal({ runDir: run.runDir, first: [first], stillHeld, files });
  return { kind: "open", state, stored: undefined, written: events, opening: [], journal };
}

function startedEvent({ request, run, cli, workspace, ...start }: PreparedStart): EventOf<"run.started"> {
  const { graph } = run;
  return {
    type: "run.started",
    format: 1,
    uuid: start.uuid,
    name: run.name,
    run_id: run.runId,
    workflow: { path: run.workflowPath, hash: graph.hash, parts: graph.parts },
    cli: cli.cli,
    model: request.model ?? null,
    params: request.params ?? {},
    context: initialContext(graph, request.params),
    start: graph.start,
    run_dir: run.runDir,
    workspace: workspace.path,
    holder: start.holder,
    start_id: request.startId,
    versions: start.versions,
    limits: { workflow: graph.limits, asked: request.limits },
  };
}

const initialContext = (graph: Graph, params: JsonObject | undefined): JsonObject => ({
  ...graph.vars,
  ...params,
});
