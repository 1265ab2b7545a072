import { counted } from "../core/counted.ts";
import { type Edge, edgesOf } from "../graph/edges.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/schema.ts";

/** A workflow as drawn: parallel edges are one edge with several labels. */
export interface Diagram {
  readonly title: string;
  readonly start: string;
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly DiagramEdge[];
}

export interface DiagramNode {
  readonly id: string;
  readonly type: string;
}

export interface DiagramEdge {
  readonly from: string;
  readonly to: string;
  /** The conditions of this edge; empty for a plain `next`. */
  readonly labels: readonly string[];
  /** `otherwise`: taken without a usable answer, or when a bound is reached. */
  readonly kind: "usual" | "otherwise";
}

export function diagramOf(graph: Graph): Diagram {
  return {
    title: graph.name,
    start: graph.start,
    nodes: [...graph.nodes.values()].map(({ id, type }) => ({ id, type })),
    edges: mergeParallel([...graph.nodes.values()].flatMap(edgesFrom)),
  };
}

const edgesFrom = (node: Node): readonly DiagramEdge[] =>
  edgesOf(node).map((edge) => ({
    from: node.id,
    to: edge.target,
    labels: labelOf(node, edge),
    kind: OTHERWISE.has(String(edge.path[0])) ? "otherwise" : "usual",
  }));

const OTHERWISE: ReadonlySet<string> = new Set(["on_exhausted", "on_max_visits"]);

function labelOf(node: Node, { path }: Edge): readonly string[] {
  const [key, which] = path;
  switch (key) {
    case "on_exhausted":
      return ["exhausted"];
    case "on_max_visits":
      return [`after ${"max_visits" in node ? node.max_visits : ""} visits`];
    case "cases":
    case "conditions":
    case "when":
    case "default":
      return node.type === "branch" ? [branchLabel(node, key, which)] : [];
    default:
      return [];
  }
}

function branchLabel(
  node: Extract<Node, { type: "branch" }>,
  key: "cases" | "conditions" | "when" | "default",
  which: string | number | undefined,
): string {
  switch (key) {
    case "cases":
      return `${which}`;
    case "conditions": {
      const condition = node.conditions?.[Number(which)];
      return condition === undefined ? "" : `${condition.op} ${JSON.stringify(condition.value)}`;
    }
    case "when":
      return (node.when?.[Number(which)]?.if ?? "").replace(/^\s*\{\{\s*(.*?)\s*\}\}\s*$/s, "$1");
    case "default":
      return "else";
    default:
      return key satisfies never;
  }
}

function mergeParallel(edges: readonly DiagramEdge[]): readonly DiagramEdge[] {
  const merged = new Map<string, DiagramEdge>();
  for (const edge of edges) {
    const key = edgeKey(edge.from, edge.to);
    const earlier = merged.get(key);
    merged.set(key, earlier === undefined ? edge : both(earlier, edge));
  }
  return [...merged.values()];
}

const both = (earlier: DiagramEdge, edge: DiagramEdge): DiagramEdge => ({
  ...earlier,
  labels: [...earlier.labels, ...edge.labels],
  kind: earlier.kind === "usual" ? "usual" : edge.kind,
});

/** The key of an edge. Ids contain no spaces. */
export const edgeKey = (from: string, to: string): string => `${from} ${to}`;

/** What a run did, drawn over its workflow. */
export interface Overlay {
  readonly nodes: ReadonlyMap<string, { readonly visits: number; readonly durationMs: number }>;
  /** How often each edge was taken, by `edgeKey`. */
  readonly edges: ReadonlyMap<string, number>;
  /** The run's current or last node. */
  readonly at: string | null;
}

/** The text below a node's id. */
export function captionOf(
  node: DiagramNode,
  overlay: Overlay | undefined,
  formatDuration: (ms: number) => string,
): string {
  const done = overlay?.nodes.get(node.id);
  if (done === undefined) return node.type;
  if (node.type === "terminal" || node.type === "fail") return `${node.type} · reached`;
  const visits = counted(done.visits, "visit");
  return `${node.type} · ${visits} · ${formatDuration(done.durationMs)}`;
}
