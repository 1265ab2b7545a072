import type { Diagram, DiagramEdge } from "./diagram.ts";

export interface Ranking {
  /** Length of the longest path from the start, by node id. */
  readonly ranks: ReadonlyMap<string, number>;
  /** Edges back to a node on the current path of the walk: the loops. */
  readonly back: ReadonlySet<DiagramEdge>;
  /** Node ids in the order of a walk from the start. */
  readonly order: readonly string[];
}

/** Ranks each node below its predecessors, ignoring loops. Nodes without predecessors are at the top. */
export function rankNodes(diagram: Diagram): Ranking {
  const { order, back, finished } = walk(diagram);
  const ranks = new Map(order.map((id) => [id, 0]));
  const waysOut = groupByFrom(diagram.edges.filter((edge) => !back.has(edge)));
  for (const id of finished.toReversed()) {
    const below = (ranks.get(id) ?? 0) + 1;
    for (const { to } of waysOut.get(id) ?? []) ranks.set(to, Math.max(ranks.get(to) ?? 0, below));
  }
  return { ranks, back, order };
}

interface Walk {
  readonly order: readonly string[];
  readonly back: ReadonlySet<DiagramEdge>;
  /** Nodes in post-order: a reversed topological order. */
  readonly finished: readonly string[];
}

/** Depth first, without recursion: a chain of thousands of nodes would overflow the stack. */
function walk({ start, nodes, edges }: Diagram): Walk {
  const waysOut = groupByFrom(edges);
  const order: string[] = [];
  const finished: string[] = [];
  const back = new Set<DiagramEdge>();
  const state = new Map<string, "open" | "done">();
  for (const root of [start, ...nodes.map(({ id }) => id)]) {
    if (state.has(root)) continue;
    const stack = [{ id: root, next: 0 }];
    state.set(root, "open");
    order.push(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const edge = waysOut.get(top.id)?.[top.next++];
      if (edge === undefined) {
        state.set(top.id, "done");
        finished.push(top.id);
        stack.pop();
      } else if (state.get(edge.to) === "open") {
        back.add(edge);
      } else if (!state.has(edge.to)) {
        state.set(edge.to, "open");
        order.push(edge.to);
        stack.push({ id: edge.to, next: 0 });
      }
    }
  }
  return { order, back, finished };
}

function groupByFrom(edges: readonly DiagramEdge[]): ReadonlyMap<string, readonly DiagramEdge[]> {
  const groups = new Map<string, DiagramEdge[]>();
  for (const edge of edges) groups.set(edge.from, [...(groups.get(edge.from) ?? []), edge]);
  return groups;
}
