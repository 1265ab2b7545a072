import type { Diagram, DiagramEdge } from "./diagram.ts";

export interface Ranking {
  /** Distance from the start along the longest way down, by node id. */
  readonly ranks: ReadonlyMap<string, number>;
  /** Ways back to a node that is still being gone through: the loops. */
  readonly back: ReadonlySet<DiagramEdge>;
  /** Node ids in the order in which a walk from the start meets them. */
  readonly order: readonly string[];
}

/** Puts each node below all that lead to it, loops left out. Nodes that nothing leads to begin at the top. */
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
  /** In the order in which all that follows a node is done: a topological order, backwards. */
  readonly finished: readonly string[];
}

/** Depth first, without recursion, so that a chain of thousands of nodes is no problem. */
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
