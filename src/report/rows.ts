import type { Diagram, DiagramEdge } from "./diagram.ts";
import type { Ranking } from "./rank.ts";

/** A cell of a row: a node, or a place where an edge passes nodes, with room for its label. */
export interface Cell {
  readonly row: number;
  readonly width: number;
  readonly above: Cell[];
  readonly below: Cell[];
  /** x of the centre. */
  x: number;
}

export interface Rows {
  /** Even rows have nodes, odd rows the edges between them. Each from left to right. */
  readonly rows: readonly (readonly Cell[])[];
  readonly nodes: ReadonlyMap<string, Cell>;
  /** The cells that each forward edge passes, from top to bottom. */
  readonly passages: ReadonlyMap<DiagramEdge, readonly Cell[]>;
}

interface Widths {
  readonly ofNode: (id: string) => number;
  readonly ofLabel: (edge: DiagramEdge) => number;
}

const PASSAGE_WIDTH = 10;
const GAP = 28;
const SWEEPS = 12;

/** Places all nodes in rows, in an order with few crossings, each below the middle of its predecessors. */
export function arrangeRows(diagram: Diagram, { ranks, back, order }: Ranking, widths: Widths): Rows {
  const rows: Cell[][] = [];
  const add = (row: number, width: number): Cell => {
    const cell: Cell = { row, width, above: [], below: [], x: 0 };
    (rows[row] ??= []).push(cell);
    return cell;
  };
  const nodes = new Map(order.map((id) => [id, add((ranks.get(id) ?? 0) * 2, widths.ofNode(id))]));
  const passages = new Map<DiagramEdge, readonly Cell[]>();
  for (const edge of diagram.edges) {
    const from = nodes.get(edge.from);
    const to = nodes.get(edge.to);
    if (from === undefined || to === undefined || back.has(edge)) continue;
    const cells = Array.from({ length: to.row - from.row - 1 }, (_, index) =>
      add(from.row + 1 + index, index === 0 ? Math.max(PASSAGE_WIDTH, widths.ofLabel(edge)) : PASSAGE_WIDTH),
    );
    passages.set(edge, cells);
    link([from, ...cells, to]);
  }
  const filled = Array.from({ length: rows.length }, (_, row) => rows[row] ?? []);
  return { rows: place(untangle(filled)), nodes, passages };
}

function link(chain: readonly Cell[]): void {
  chain.forEach((cell, index) => {
    const next = chain[index + 1];
    if (next === undefined) return;
    cell.below.push(next);
    next.above.push(cell);
  });
}

/** Sorts each row by the mean position of its neighbours, alternating down and up, and keeps the best order. */
function untangle(rows: readonly (readonly Cell[])[]): readonly (readonly Cell[])[] {
  let current = rows;
  let best = { rows, crossings: countCrossings(rows) };
  for (let sweep = 0; sweep < SWEEPS && best.crossings > 0; sweep++) {
    current = sortByNeighbours(current, sweep % 2 === 0 ? "above" : "below");
    const crossings = countCrossings(current);
    if (crossings < best.crossings) best = { rows: current, crossings };
  }
  return best.rows;
}

function sortByNeighbours(
  rows: readonly (readonly Cell[])[],
  side: "above" | "below",
): readonly (readonly Cell[])[] {
  const places = placesOf(rows);
  const sorted = [...rows];
  const indexes = side === "above" ? rows.keys() : [...rows.keys()].toReversed();
  for (const index of indexes) {
    const key = new Map(
      (sorted[index] ?? []).map((cell, own) => {
        const neighbours = cell[side].map((neighbour) => places.get(neighbour) ?? 0);
        return [cell, neighbours.length === 0 ? own : mean(neighbours)];
      }),
    );
    sorted[index] = (sorted[index] ?? []).toSorted(
      (left, right) => (key.get(left) ?? 0) - (key.get(right) ?? 0),
    );
    sorted[index].forEach((cell, place) => places.set(cell, place));
  }
  return sorted;
}

const placesOf = (rows: readonly (readonly Cell[])[]): Map<Cell, number> =>
  new Map(rows.flatMap((row) => row.map((cell, place) => [cell, place] as const)));

function countCrossings(rows: readonly (readonly Cell[])[]): number {
  const places = placesOf(rows);
  let crossings = 0;
  for (const row of rows) {
    const ends = row.flatMap((cell) =>
      cell.below.map((below) => places.get(below) ?? 0).toSorted((a, b) => a - b),
    );
    ends.forEach((end, index) => {
      for (let later = index + 1; later < ends.length; later++) if ((ends[later] ?? 0) < end) crossings++;
    });
  }
  return crossings;
}

/** Moves each cell towards its neighbours, as far as the cells beside it allow. */
function place(rows: readonly (readonly Cell[])[]): readonly (readonly Cell[])[] {
  for (const row of rows)
    moveTo(
      row,
      row.map(() => 0),
    );
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    for (const row of down ? rows : rows.toReversed()) {
      moveTo(
        row,
        row.map((cell) => wanted(cell, down ? cell.above : cell.below)),
      );
    }
  }
  const left = Math.min(...rows.flat().map((cell) => cell.x - cell.width / 2));
  for (const cell of rows.flat()) cell.x = Math.round(cell.x - left);
  return rows;
}

const wanted = (cell: Cell, neighbours: readonly Cell[]): number =>
  neighbours.length === 0 ? cell.x : mean(neighbours.map(({ x }) => x));

/** Finds the positions nearest to the wanted ones (least squares) that keep order and distance: cells that touch move as one. */
function moveTo(row: readonly Cell[], goals: readonly number[]): void {
  let offset = 0;
  const offsets = row.map((cell, index) => {
    const before = row[index - 1];
    if (before !== undefined) offset += (before.width + cell.width) / 2 + GAP;
    return offset;
  });
  const blocks: { sum: number; count: number }[] = [];
  goals.forEach((goal, index) => {
    blocks.push({ sum: goal - (offsets[index] ?? 0), count: 1 });
    for (
      let last = blocks.at(-1), before = blocks.at(-2);
      last && before;
      last = blocks.at(-1), before = blocks.at(-2)
    ) {
      if (before.sum / before.count <= last.sum / last.count) break;
      blocks.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count });
    }
  });
  const shifts = blocks.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
  row.forEach((cell, index) => (cell.x = (offsets[index] ?? 0) + (shifts[index] ?? 0)));
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
