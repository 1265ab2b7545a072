import { edgesOf } from "./edges.ts";
import type { LocatedNode, ReadWorkflow, Report } from "./read-workflow.ts";
import type { Node } from "./schema.ts";

/** Checks that a terminal and every node are reachable, and that every cycle is bounded. */
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
      "Add a node of type terminal and a way to it.",
    );
  }
  for (const { node, path } of workflow.nodes) {
    if (!reachable.has(node.id))
      report.warn(
        { path, node: node.id },
        "the node cannot be reached from the start",
        "Add a way to it, or remove it.",
      );
  }
  for (const cycle of boundsEveryCycle(workflow) ? [] : unboundedCycles(nodes)) {
    const first = nodes.get(cycle[0] ?? "");
    if (!first || !reachable.has(first.node.id)) continue;
    const message = `the cycle ${[...cycle, cycle[0]].join(" -> ")} has no bound`;
    report.warn(
      { path: first.path, node: first.node.id },
      message,
      "Give one of its nodes `max_visits` and `on_max_visits`, or the workflow `limits`.",
    );
  }
}

/** Any limit ends a cycle of agents. A cycle of scripts and branches costs neither money nor tokens. */
const boundsEveryCycle = ({ header }: ReadWorkflow): boolean =>
  header?.limits?.steps !== undefined || header?.limits?.wall_clock_ms !== undefined;

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

/** Cycles without a node that has `max_visits`: at least one per strongly connected part, each node in at most one. */
function unboundedCycles(nodes: Nodes): readonly (readonly string[])[] {
  const targets = unboundedTargets(nodes);
  const cycles: string[][] = [];
  const named = new Set<string>();
  const visited = new Set<string>();
  for (const root of targets.keys()) {
    walkDepthFirst({ root, targets, visited }, (cycle) => {
      if (cycle.some((id) => named.has(id))) return;
      for (const id of cycle) named.add(id);
      cycles.push(cycle);
    });
  }
  return cycles;
}

/** The targets of each node without `max_visits`. */
function unboundedTargets(nodes: Nodes): ReadonlyMap<string, readonly string[]> {
  const unbounded = [...nodes].filter(
    ([, { node }]) => !("max_visits" in node && node.max_visits !== undefined),
  );
  return new Map(unbounded.map(([id]) => [id, targetsOf(nodes, id)]));
}

interface Walk {
  readonly root: string;
  readonly targets: ReadonlyMap<string, readonly string[]>;
  readonly visited: Set<string>;
}

/** Visits everything reachable from `root` that was not visited before. An edge back to the trail closes a cycle. */
function walkDepthFirst({ root, targets, visited }: Walk, onCycle: (cycle: string[]) => void): void {
  const trail: { readonly id: string; readonly open: string[] }[] = [];
  const onTrail = new Set<string>();
  const enter = (id: string) => {
    const open = targets.get(id);
    if (!open || visited.has(id)) return;
    visited.add(id);
    onTrail.add(id);
    trail.push({ id, open: open.toReversed() });
  };
  enter(root);
  for (let last = trail.at(-1); last; last = trail.at(-1)) {
    const next = last.open.pop();
    if (next === undefined) {
      onTrail.delete(last.id);
      trail.pop();
    } else if (onTrail.has(next)) {
      const ids = trail.map(({ id }) => id);
      onCycle(ids.slice(ids.indexOf(next)));
    } else {
      enter(next);
    }
  }
}
