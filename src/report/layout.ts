import type { Diagram, DiagramEdge, DiagramNode } from "./diagram.ts";
import { rankNodes, type Ranking } from "./rank.ts";
import { arrangeRows, type Cell, type Rows } from "./rows.ts";

/** Sizes and positions in SVG units; x and y of nodes and labels are centres. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

export interface PlacedNode {
  readonly node: DiagramNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge {
  readonly edge: DiagramEdge;
  readonly isBack: boolean;
  /** The `d` of an SVG path. */
  readonly path: string;
  readonly label: { readonly x: number; readonly y: number };
}

/** The sizes of nodes and labels. */
export interface Wording {
  readonly nodeWidth: (id: string) => number;
  readonly labelWidth: (edge: DiagramEdge) => number;
}

const NODE_HEIGHT = 48;
/** Gap between a row of nodes and the row of labels below it. */
const ROW_GAP = 26;
const LABEL_HEIGHT = 18;
const MARGIN = 16;
const CHANNEL_GAP = 22;
const STRIDE = NODE_HEIGHT + LABEL_HEIGHT + 2 * ROW_GAP;

/** Places nodes in rows from the start downwards; loops go back up on the right. The same diagram gives the same layout. */
export function layOut(diagram: Diagram, wording: Wording): Layout {
  const ranking = rankNodes(diagram);
  const rows = arrangeRows(diagram, ranking, { ofNode: wording.nodeWidth, ofLabel: wording.labelWidth });
  const nodes = diagram.nodes.flatMap((node) => {
    const cell = rows.nodes.get(node.id);
    if (cell === undefined) return [];
    return [{ node, x: MARGIN + cell.x, y: centreOf(cell.row), width: cell.width, height: NODE_HEIGHT }];
  });
  const back = backEdges({ diagram, ranking, rows, wording });
  const edges = diagram.edges.flatMap((edge) => back.edges.get(edge) ?? forwardEdge(edge, rows) ?? []);
  const right = Math.max(back.right, ...rows.rows.flat().map((cell) => MARGIN + cell.x + cell.width / 2));
  const nodeRows = Math.ceil(rows.rows.length / 2);
  return {
    width: Math.ceil(right + MARGIN),
    height: nodeRows * STRIDE - LABEL_HEIGHT - 2 * ROW_GAP + 4 * MARGIN,
    nodes,
    edges,
  };
}

/** Even rows have nodes; odd rows are between two of them. */
const centreOf = (row: number): number => 2 * MARGIN + NODE_HEIGHT / 2 + (row * STRIDE) / 2;

function forwardEdge(edge: DiagramEdge, { nodes, passages }: Rows): PlacedEdge | undefined {
  const from = nodes.get(edge.from);
  const to = nodes.get(edge.to);
  const passed = passages.get(edge);
  if (from === undefined || to === undefined || passed === undefined) return undefined;
  const start = { x: port(from, from.below, passed[0]), y: centreOf(from.row) + NODE_HEIGHT / 2 };
  const end = { x: port(to, to.above, passed.at(-1)), y: centreOf(to.row) - NODE_HEIGHT / 2 };
  let path = `M${point(start)}`;
  let at = start;
  for (const cell of passed) {
    const half = cell.row % 2 === 0 ? NODE_HEIGHT / 2 : LABEL_HEIGHT / 2;
    const top = { x: MARGIN + cell.x, y: centreOf(cell.row) - half };
    path += `${curve(at, top)}V${top.y + 2 * half}`;
    at = { x: top.x, y: top.y + 2 * half };
  }
  const [first = from] = passed;
  return {
    edge,
    isBack: false,
    path: path + curve(at, end),
    label: { x: MARGIN + first.x, y: centreOf(first.row) },
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const point = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;
const round = (value: number): number => Math.round(value * 10) / 10;

function curve(from: Point, to: Point): string {
  const middle = (from.y + to.y) / 2;
  return `C${point({ x: from.x, y: middle })} ${point({ x: to.x, y: middle })} ${point(to)}`;
}

/** Spreads the edges of a node side by side, in the order of their other ends. */
function port(node: Cell, neighbours: readonly Cell[], neighbour: Cell | undefined): number {
  const sorted = neighbours.toSorted((left, right) => left.x - right.x);
  const index = neighbour === undefined ? 0 : sorted.indexOf(neighbour);
  const step = Math.min(22, (node.width * 0.5) / Math.max(1, sorted.length - 1));
  return MARGIN + node.x + (index - (sorted.length - 1) / 2) * step;
}

interface BackEdges {
  readonly edges: ReadonlyMap<DiagramEdge, PlacedEdge>;
  readonly right: number;
}

interface Channel {
  readonly top: number;
  readonly bottom: number;
  readonly right: number;
}

/** Gives each loop its own channel to the right of everything it passes; short loops are inside long ones. */
function backEdges({ diagram, ranking, rows, wording }: LoopInput): BackEdges {
  const channels: Channel[] = [];
  const edges = new Map<DiagramEdge, PlacedEdge>();
  for (const { edge, from, to } of loopsByLength(diagram, ranking, rows)) {
    const passed = rows.rows.slice(Math.max(0, to.row - 1), from.row + 2).flat();
    const blocked = channels.filter(({ top, bottom }) => top <= from.row && to.row <= bottom);
    const x =
      CHANNEL_GAP +
      Math.max(
        ...passed.map((cell) => MARGIN + cell.x + cell.width / 2),
        ...blocked.map((channel) => channel.right),
      );
    const labelWidth = wording.labelWidth(edge);
    channels.push({ top: to.row, bottom: from.row, right: x + labelWidth });
    edges.set(edge, backEdge({ edge, from, to, x, labelWidth, lane: edges.size % 3 }));
  }
  return { edges, right: Math.max(0, ...channels.map((channel) => channel.right)) };
}

interface LoopInput {
  readonly diagram: Diagram;
  readonly ranking: Ranking;
  readonly rows: Rows;
  readonly wording: Wording;
}

function loopsByLength({ edges }: Diagram, { back }: Ranking, { nodes }: Rows) {
  const loops = edges.flatMap((edge) => {
    const from = nodes.get(edge.from);
    const to = nodes.get(edge.to);
    return back.has(edge) && from !== undefined && to !== undefined ? [{ edge, from, to }] : [];
  });
  return loops.toSorted((left, right) => left.from.row - left.to.row - (right.from.row - right.to.row));
}

interface BackEdgeInput {
  readonly edge: DiagramEdge;
  readonly from: Cell;
  readonly to: Cell;
  readonly x: number;
  readonly labelWidth: number;
  /** Separates the horizontal parts of several loops. */
  readonly lane: number;
}

function backEdge({ edge, from, to, x, labelWidth, lane }: BackEdgeInput): PlacedEdge {
  const out = { x: MARGIN + from.x + from.width / 2 - 14, y: centreOf(from.row) + NODE_HEIGHT / 2 };
  const end = { x: MARGIN + to.x + to.width / 2 - 14, y: centreOf(to.row) - NODE_HEIGHT / 2 };
  const low = out.y + 10 + lane * 4;
  const high = end.y - 12 - lane * 4;
  const path = `M${point(out)}V${low - 6}q0 6 6 6H${x - 6}q6 0 6 -6V${high + 6}q0 -6 -6 -6H${end.x + 6}q-6 0 -6 6V${end.y}`;
  return { edge, isBack: true, path, label: { x: x + labelWidth / 2 + 5, y: (low + high) / 2 } };
}
