import type { EventBody, EventOf } from "../../core/event.ts";
import { type Json, type JsonObject, ownValue } from "../../core/json.ts";
import type { RunState } from "../../core/run-state.ts";
import { withEntries } from "../../core/shared-record.ts";
import type { AgentNode, Node, ScriptNode } from "../../graph/schema.ts";
import { evaluateDeep } from "../../prompts/expression.ts";
import { renderText } from "../../prompts/render.ts";
import { templateStop } from "../../prompts/template-stop.ts";
import { renderLabels } from "./labels.ts";
import type { EngineSettings } from "../settings.ts";
import { stepContext, timeoutContext } from "../../prompts/step-context.ts";

type StepStarted = EventOf<"step.started">;
/** The rendered parts of a node, and the keys that its templates read or missed. */
type Rendered = Pick<StepStarted, "reads" | "missing" | "task" | "command" | "cwd" | "add_dirs">;

/**
 * Returns the events that start the node at the cursor: its rendered step, the detour when max_visits is used up, or
 * the end of the run.
 */
export function startStep(state: RunState, settings: EngineSettings): readonly EventBody[] {
  const node = nodeAt(state.cursor, settings);
  if (node.type === "terminal" || node.type === "fail") return [finished(state, node)];
  const visit = (ownValue(state.visits, node.id) ?? 0) + 1;
  if (node.max_visits !== undefined && visit > node.max_visits) {
    return [
      visitsExhausted(node, { maxVisits: node.max_visits, stuck: state.detours > settings.graph.nodes.size }),
    ];
  }
  try {
    return [stepStarted({ state, node, visit, settings })];
  } catch (error) {
    return [templateStop(error, { node: node.id })];
  }
}

/** @throws Error when the graph lacks the node. A start checks that first and reports it to the user. */
export function nodeAt(id: string, { graph }: EngineSettings): Node {
  const node = graph.nodes.get(id);
  if (node === undefined) throw new Error(`The graph has no node ${id}.`);
  return node;
}

function finished(state: RunState, node: Node): EventBody {
  if (node.type === "fail") return { type: "run.finished", outcome: "fail", node: node.id, exit_code: 1 };
  const exitCode = isGenuine(state) ? 0 : 8;
  return { type: "run.finished", outcome: "terminal", node: node.id, exit_code: exitCode };
}

/** True when no value in the context was defaulted or computed from a default. A --redo does not clear such computed values. */
const isGenuine = ({ defaulted, sources }: RunState): boolean =>
  defaulted.length === 0 &&
  Object.values(sources).every(({ source, tainted_by }) => source !== "default" && tainted_by.length === 0);

function visitsExhausted(
  node: Exclude<Node, { type: "terminal" | "fail" }>,
  { maxVisits, stuck }: { readonly maxVisits: number; readonly stuck: boolean },
): EventBody {
  const next = node.on_max_visits;
  if (next !== undefined && !stuck)
    return { type: "visits.exhausted", node: node.id, max_visits: maxVisits, next };
  const way = stuck ? "and its on_max_visits only leads in a circle" : "and it has no on_max_visits";
  const why = `${node.id} was reached more than its max_visits of ${maxVisits}, ${way}.`;
  return { type: "run.stopped", exit_code: 6, why, node: node.id };
}

interface StepInput<N> {
  readonly state: RunState;
  readonly node: N;
  readonly visit: number;
  readonly settings: EngineSettings;
}

function stepStarted(input: StepInput<Exclude<Node, { type: "terminal" | "fail" }>>): EventBody {
  const { state, node, visit } = input;
  return {
    type: "step.started",
    step: state.totals.steps + 1,
    node: node.id,
    node_type: node.type,
    visit,
    ...render(input),
    ...labelled(input),
  };
}

/** Labels are for display: the keys that they read do not taint the step. */
function labelled({ state, node, visit, settings }: StepInput<Node>): Pick<StepStarted, "labels"> {
  const { labels } = settings.graph;
  if (Object.keys(labels).length === 0 && Object.keys(state.labels).length === 0) return {};
  return { labels: renderLabels(labels, contextOf({ state, node, visit })) };
}

function render(input: StepInput<Exclude<Node, { type: "terminal" | "fail" }>>): Rendered {
  const { node } = input;
  switch (node.type) {
    case "agent":
      return renderAgent({ ...input, node });
    case "script":
      return renderScript({ ...input, node });
    case "branch":
      return { reads: [], missing: [] };
    default:
      return node satisfies never;
  }
}

function renderAgent({ state, node, visit, settings }: StepInput<AgentNode>): Rendered {
  const budget = timeoutContext(node.timeout_ms ?? settings.policy.clocks.resultMs);
  const context = withEntries(contextOf({ state, node, visit }), budget);
  const args = evaluateDeep(node.args ?? {}, context);
  const argValues = args.value as JsonObject; // evaluateDeep keeps the shape of what it gets
  const prompt = renderText(settings.graph.prompts.get(node.id) ?? "", withEntries(context, argValues));
  const cwd = renderText(node.cwd ?? state.workspace, context);
  const dirs = (node.add_dirs ?? []).map((dir) => renderText(dir, context));
  const environment = renderEnvironment(settings, context);
  const promptReads = prompt.reads.filter((key) => !Object.hasOwn(argValues, key));
  return {
    ...touched([args, { ...prompt, reads: promptReads }, cwd, ...dirs, ...environment]),
    task: { prompt: prompt.text, args: argValues },
    cwd: cwd.text,
    ...(dirs.length > 0 && { add_dirs: dirs.map((dir) => dir.text) }),
  };
}

function renderScript({ state, node, visit, settings }: StepInput<ScriptNode>): Rendered {
  const context = contextOf({ state, node, visit });
  const args = (node.args ?? []).map((arg) => evaluateDeep(arg, context));
  const cwd = renderText(node.cwd ?? state.workspace, context);
  return {
    ...touched([...args, cwd, ...renderEnvironment(settings, context)]),
    command: { file: node.script, args: args.map((arg) => argumentText(arg.value)) },
    cwd: cwd.text,
  };
}

/** The context for the step's templates. It counts the visit that is just starting. */
const contextOf = ({ state, node, visit }: Omit<StepInput<Node>, "settings">): JsonObject =>
  stepContext(state, withEntries(state.visits, { [node.id]: visit }));

/** Renders the workflow's `env` only to learn which keys it reads. It is rendered again when the process starts. */
const renderEnvironment = ({ graph }: EngineSettings, context: JsonObject) =>
  Object.values(graph.env).map((template) => renderText(template, context));

/** Formats one command-line argument: strings unchanged, null as an empty string, everything else as JSON. */
function argumentText(value: Json): string {
  if (typeof value === "string") return value;
  return value === null ? "" : JSON.stringify(value);
}

function touched(
  parts: readonly { readonly reads: readonly string[]; readonly missing: readonly string[] }[],
) {
  return {
    reads: [...new Set(parts.flatMap((part) => part.reads))],
    missing: [...new Set(parts.flatMap((part) => part.missing))],
  };
}
