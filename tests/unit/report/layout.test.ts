import { array, assert, integer, nat, property, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { layOut, type PlacedNode } from "../../../src/report/layout.ts";
import { rankNodes } from "../../../src/report/rank.ts";
import type { Diagram } from "../../../src/report/diagram.ts";
import { diagram, LOOPS } from "./drawing.ts";

const WORDING = {
  nodeWidth: () => 100,
  labelWidth: ({ labels }: { labels: readonly string[] }) => labels.join().length * 7,
};
const overlap = (left: PlacedNode, right: PlacedNode): boolean =>
  Math.abs(left.x - right.x) < (left.width + right.width) / 2 && Math.abs(left.y - right.y) < left.height;

describe("ranks", () => {
  test("put each node below all that lead to it, and find the loops", () => {
    const { ranks, back } = rankNodes(LOOPS);
    expect(Object.fromEntries(ranks)).toEqual({
      plan: 0,
      work: 1,
      check: 2,
      choose: 3,
      done: 4,
      lost: 2,
      alone: 0,
    });
    expect([...back].map(({ from, to }) => `${from} ${to}`).toSorted()).toEqual([
      "check check",
      "choose plan",
      "choose work",
    ]);
  });

  test("stand a chain of 20,000 nodes", () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => `n${index}`);
    const chain = diagram(
      Object.fromEntries(ids.map((id) => [id, "agent"])),
      ids.slice(1).map((id, index) => `n${index} ${id}`),
    );
    expect(rankNodes(chain).ranks.get("n19999")).toBe(19_999);
  });
});

describe("a layout", () => {
  test("is the same for the same diagram", () => {
    expect(layOut(LOOPS, WORDING)).toEqual(layOut(structuredClone(LOOPS), WORDING));
  });

  test("keeps a straight chain straight", () => {
    const { nodes } = layOut(diagram({ a: "agent", b: "agent", c: "terminal" }, ["a b", "b c"]), WORDING);
    expect(new Set(nodes.map(({ x }) => x)).size).toBe(1);
    expect(nodes.map(({ y }) => y)).toEqual(nodes.map(({ y }) => y).toSorted((left, right) => left - right));
  });

  test("draws loops as back edges beside all nodes, inside the picture", () => {
    const { edges, nodes, width } = layOut(LOOPS, WORDING);
    const back = edges.filter(({ isBack }) => isBack);
    expect(back.length).toBe(3);
    for (const { label } of back) expect(label.x).toBeLessThan(width);
    const outer = back.find(({ edge }) => edge.to === "plan");
    expect(outer?.label.x).toBeGreaterThan(
      Math.max(...nodes.slice(0, 4).map((node) => node.x + node.width / 2)),
    );
  });

  test("overlaps no nodes, loses no edge and stays in its size, whatever the graph", () => {
    assert(
      property(
        integer({ min: 1, max: 14 }),
        array(tuple(nat(13), nat(13)), { maxLength: 30 }),
        (count, pairs) => {
          const placed = layOut(randomDiagram(count, pairs), WORDING);
          const { nodes } = placed;
          expect(nodes.length).toBe(count);
          expect(placed.edges.length).toBe(randomDiagram(count, pairs).edges.length);
          nodes.forEach((node, index) => {
            expect(nodes.slice(index + 1).filter((other) => overlap(node, other))).toEqual([]);
            expect(node.x - node.width / 2).toBeGreaterThanOrEqual(0);
            expect(node.x + node.width / 2).toBeLessThanOrEqual(placed.width);
            expect(node.y + node.height / 2).toBeLessThanOrEqual(placed.height);
          });
        },
      ),
      { seed: 7, numRuns: 150 },
    );
  });
});

function randomDiagram(count: number, pairs: readonly (readonly [number, number])[]): Diagram {
  const ids = Array.from({ length: count }, (_, index) => `n${index}`);
  const edges = new Set(pairs.map(([from, to]) => `n${from % count} n${to % count}`));
  return diagram(Object.fromEntries(ids.map((id) => [id, "agent"])), [...edges]);
}
