import { edgesOf } from "./edges.ts";
import type { LocatedNode, ReadWorkflow, Report } from "./read-workflow.ts";
import type { Node } from "./schema.ts";

/** A terminal is reachable, every node is, and every cycle has a bound. */
export function checkFlow(workflow: ReadWorkflow, report: Report): void {
  const nodes = new Map(workflow.nodes.map((located) => [located.node.id, located]));
  const start = workflow.header?.start;
  if (start === undefined || !nodes.has(start)) return;
  const reachable = reachableFrom(start, nodes);
  const ends = [...reachable].some((id) => isEnd(nodes.get(id)?.node));
  if (!ends) {
    report.error(
      { path: ["start"] },
      `no terminal node can be reached from \`${start}\``,
      "Add a node of type terminal and lead to it.",
    );
  }
  for (const { node, path } of workflow.nodes) {
    if (!reachable.has(node.id))
      report.warn(
        { path, node: node.id },
        "the node cannot be reached from the start",
        "Lead to it, or remove it.",
      );
  }
  for (const cycle of unboundedCycles(nodes)) {
    const first = nodes.get(cycle[0] ?? "");
    if (!first || !reachable.has(first.node.id)) continue;
    const message = `the cycle ${[...cycle, cycle[0]].join(" -> ")} has no bound`;
    report.warn(
      { path: first.path, node: first.node.id },
      message,
      "Give one of its nodes `max_visits` and `on_max_visits`.",
    );
  }
}

type Nodes = ReadonlyMap<string, LocatedNode>;

const isEnd = (node: Node | undefined): boolean => node?.type === "terminal" || node?.type === "fail";

const targetsOf = (nodes: Nodes, id: string): readonly string[] => {
  const located = nodes.get(id);
  return located ? edgesOf(located.node).map((edge) => edge.target) : [];
};

function reachableFrom(start: string, nodes: Nodes): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [start];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (reached.has(id) || !nodes.has(id)) continue;
    reached.add(id);
    open.push(...targetsOf(nodes, id));
  }
  return reached;
}

/** One shortest cycle through each group of nodes that can go round without passing a node with `max_visits`; each node is named in one cycle at most. */
function unboundedCycles(nodes: Nodes): readonly (readonly string[])[] {
  const unbounded = new Map(
    [...nodes].filter(([, { node }]) => !("max_visits" in node && node.max_visits !== undefined)),
  );
  const cycles: string[][] = [];
  const named = new Set<string>();
  for (const id of unbounded.keys()) {
    if (named.has(id)) continue;
    const cycle = shortestCycle(id, unbounded);
    if (!cycle || cycle.some((member) => named.has(member))) continue;
    for (const member of cycle) named.add(member);
    cycles.push(cycle);
  }
  return cycles;
}

/** Breadth first from `start` back to itself. */
function shortestCycle(start: string, nodes: Nodes): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const open = [start];
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    for (const target of targetsOf(nodes, id)) {
      if (target === start) return pathTo(id, cameFrom, start);
      if (!nodes.has(target) || cameFrom.has(target)) continue;
      cameFrom.set(target, id);
      open.push(target);
    }
  }
  return undefined;
}

function pathTo(end: string, cameFrom: ReadonlyMap<string, string>, start: string): string[] {
  const path = [end];
  for (let id = end; id !== start;) {
    id = cameFrom.get(id) ?? start;
    path.unshift(id);
  }
  return path;
}
