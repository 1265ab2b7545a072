import { UsageError } from "../core/failure.ts";
import { ownValue } from "../core/json.ts";
import { nearestName } from "../core/nearest-name.ts";
import type { RunState } from "../core/run-state.ts";
import type { Graph } from "../graph/graph.ts";
import { neverVisited, whereNext } from "./resume-changes.ts";
import type { Move } from "./run-request.ts";

/**
 * Refuses a cursor at a node that the edited workflow no longer has, and an open step whose node has another type or
 * script now.
 * @throws UsageError that names the nearest nodes and --at.
 */
export function checkCursor(state: RunState, graph: Graph): void {
  checkOpenNode(state, graph);
  if (state.status.kind === "finished") return;
  for (const id of [state.cursor, state.return_to]) {
    if (id !== null && !graph.nodes.has(id)) throw isGone(id, graph);
  }
}

const isGone = (id: string, graph: Graph): UsageError =>
  new UsageError(`The run is at node ${id}, which ${graph.file} no longer has.`, {
    details: [...suggestNodes(id, graph), "Continue at one of them with --at NODE."],
  });

function checkOpenNode({ open }: RunState, graph: Graph): void {
  const node = open && graph.nodes.get(open.node);
  if (!open || !node) return;
  const began = open.kind;
  const file = open.kind === "script" ? open.command.file : undefined;
  const otherScript = file !== undefined && node.type === "script" && file !== node.script;
  if (began === node.type && !otherScript) return;
  const [then, now] = otherScript ? [file, node.script] : [began, node.type];
  throw new UsageError(
    `Step ${open.step} (${open.node}) began as ${then}, but in ${graph.file} it is ${now} now.`,
    {
      details: [`--at ${open.node} drops the open step and starts the node in its new form.`],
    },
  );
}

function suggestNodes(id: string, graph: Graph): readonly string[] {
  const ids = [...graph.nodes.keys()];
  const nearest = nearestName(id, ids);
  return [...(nearest === undefined ? [] : [`Did you mean ${nearest}?`]), `Its nodes: ${ids.join(", ")}.`];
}

/** @throws UsageError when the node of a move does not exist or was never visited, or a --redo could not return. */
export function checkMove(move: Move, state: RunState, graph: Graph): void {
  if (move.kind === "none") return;
  if (!graph.nodes.has(move.node)) {
    throw new UsageError(`--${move.kind} ${move.node}: ${graph.file} has no such node.`, {
      details: suggestNodes(move.node, graph),
    });
  }
  if (move.kind === "at") return;
  if ((ownValue(state.visits, move.node) ?? 0) === 0) throw neverVisited(move);
  const { return_to } = move.kind === "redo" ? whereNext(state, move.node) : {};
  if (return_to !== undefined && !graph.nodes.has(return_to)) throw isGone(return_to, graph);
}
