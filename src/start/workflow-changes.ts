import { isDeepStrictEqual } from "node:util";
import { ownValue } from "../core/json.ts";
import type { RunState } from "../core/run-state.ts";
import type { WorkflowParts } from "../core/vocabulary.ts";
import type { Graph } from "../graph/graph.ts";
import type { Move } from "./run-request.ts";

type Fields = Readonly<Record<string, string>>;

/** Describes the edits to the workflow since the run last started, one sentence each. Pure. */
export function workflowChanges({ workflow }: RunState, graph: Graph): string[] {
  if (workflow.hash === graph.hash) return [];
  const { parts: before } = workflow;
  if (before === undefined) return ["The edits are unknown: the run began with an older version."];
  const after = graph.parts;
  const header = changedFields(before.header, after.header);
  const changes = [
    ...nodeChanges(before, after),
    ...(header.length === 0 ? [] : [`Outside the nodes: ${header.join(", ")}.`]),
  ];
  return changes.length === 0 ? ["Only the order of its nodes, its layout or its comments."] : changes;
}

/** Describes what the edits do not change in this run, and how to apply them there. Pure. */
export function changeNotes(state: RunState, graph: Graph, move: Move): string[] {
  const { parts: before } = state.workflow;
  if (state.workflow.hash === graph.hash || before === undefined) return [];
  const edited = (id: string) =>
    changedFields(ownValue(before.nodes, id) ?? {}, ownValue(graph.parts.nodes, id) ?? {});
  const header = new Set(changedFields(before.header, graph.parts.header));
  return [
    ...openStepNote(state, move, edited),
    ...doneNote(state, graph, edited),
    ...(header.has("vars") ? ["The run keeps the vars that it began with; --fresh uses the new ones."] : []),
    ...(header.has("start")
      ? ["The run continues at its current node; the new start applies to new runs."]
      : []),
  ];
}

function nodeChanges({ nodes: before }: WorkflowParts, { nodes: after }: WorkflowParts): string[] {
  const added = Object.keys(after).filter((id) => !Object.hasOwn(before, id));
  const renamed = new Map<string, string>();
  for (const [id, fields] of Object.entries(before)) {
    if (Object.hasOwn(after, id)) continue;
    const twin = added.find(
      (other) => ![...renamed.values()].includes(other) && isDeepStrictEqual(after[other], fields),
    );
    if (twin !== undefined) renamed.set(id, twin);
  }
  const taken = new Set(renamed.values());
  return [
    ...Object.entries(before).flatMap(([id, fields]) =>
      nodeChange(id, fields, ownValue(after, id), renamed.get(id)),
    ),
    ...added.filter((id) => !taken.has(id)).map((id) => `Node ${id} is new.`),
  ];
}

function nodeChange(
  id: string,
  before: Fields,
  after: Fields | undefined,
  twin: string | undefined,
): string[] {
  if (twin !== undefined) return [`Node ${id} is now called ${twin}.`];
  if (after === undefined) return [`Node ${id} is gone.`];
  const fields = changedFields(before, after);
  return fields.length === 0 ? [] : [`Node ${id}: ${fields.join(", ")}.`];
}

function changedFields(before: Fields, after: Fields): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.filter((name) => ownValue(before, name) !== ownValue(after, name));
}

/** Fields that a step renders when it begins and keeps until its end. All other fields are read again. */
const RENDERED = new Set(["args", "cwd", "add_dirs", "prompt", "text of the prompt"]);

function openStepNote({ open }: RunState, move: Move, edited: (id: string) => string[]): string[] {
  if (open === null || move.kind !== "none") return [];
  const kept = edited(open.node).filter((name) => RENDERED.has(name));
  if (kept.length === 0) return [];
  return [
    `Step ${open.step} (${open.node}) keeps its old ${kept.join(", ")}; --at ${open.node} restarts it with the edited workflow.`,
  ];
}

function doneNote({ visits, open }: RunState, graph: Graph, edited: (id: string) => string[]): string[] {
  const done = Object.keys(visits).filter(
    (id) =>
      (ownValue(visits, id) ?? 0) > (open?.node === id ? 1 : 0) &&
      graph.nodes.has(id) &&
      edited(id).length > 0,
  );
  if (done.length === 0) return [];
  return [
    `Done before the edit and kept: ${done.join(", ")}. --from NODE goes back to one of them and redoes what follows; --redo NODE repeats only that one.`,
  ];
}
