import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadGraph } from "../../../src/graph/graph.ts";
import { diagramOf, type Overlay } from "../../../src/report/diagram.ts";
import { mermaidText } from "../../../src/report/mermaid.ts";
import { svgFile } from "../../../src/report/svg.ts";
import { diagram, LOOPS } from "./drawing.ts";

const OVERLAY: Overlay = {
  nodes: new Map([
    ["plan", { visits: 1, durationMs: 5000 }],
    ["work", { visits: 3, durationMs: 65_000 }],
  ]),
  edges: new Map([
    ["plan work", 1],
    ["choose work", 2],
  ]),
  at: "work",
};

test("a graph's branches, bounds and parallel ways become labelled edges", async () => {
  const directory = mkdtempSync(join(tmpdir(), "longhaul-diagram-"));
  mkdirSync(join(directory, "prompts"));
  writeFileSync(join(directory, "prompts/p.md"), "Do it.");
  writeFileSync(
    join(directory, "workflow.yaml"),
    `name: drawn
start: work
vars: { left: 1 }
nodes:
  - { id: work, type: agent, prompt: prompts/p.md, max_visits: 3, on_max_visits: over, on_exhausted: over, next: choose }
  - id: choose
    type: branch
    path: left
    cases: { "0": end, "none": end }
    conditions: [{ op: "<", value: 9, next: work }]
    when: [{ if: "{{ left == 5 }}", next: over }]
    default: work
  - { id: end, type: terminal }
  - { id: over, type: fail }
`,
  );
  const { edges } = diagramOf(await loadGraph(directory));
  expect(edges.map(({ from, to, labels, kind }) => `${from} ${to} ${kind} [${labels.join(", ")}]`)).toEqual([
    "work choose usual []",
    "work over otherwise [exhausted, after 3 visits]",
    "choose end usual [0, none]",
    "choose work usual [< 9, else]",
    "choose over usual [left == 5]",
  ]);
});

test("Mermaid text names nodes by number, escapes labels and marks the path", () => {
  const drawn = mermaidText(diagram({ end: "agent", subgraph: "fail" }, [`end subgraph "]<b>`]), {
    nodes: new Map([["end", { visits: 2, durationMs: 1500 }]]),
    edges: new Map([["end subgraph", 2]]),
    at: "subgraph",
  });
  expect(drawn.split("\n").filter((line) => !line.includes("classDef"))).toEqual([
    "flowchart TD",
    '  n0("end<br/>agent · 2 visits · 1.5s")',
    '  n1(["subgraph"])',
    '  n0 -->|"#34;#93;#60;b#62; · 2×"| n1',
    "  class n0 agent",
    "  class n1 fail",
    "  linkStyle 0 stroke-width:4px",
    "  class n1 here",
    "",
  ]);
});

test("SVG shows visits, durations and the path of a run", () => {
  const drawn = svgFile(LOOPS, OVERLAY);
  expect(drawn).toContain(">agent · 3 visits · 1m 05s</text>");
  expect(drawn).toContain('class="agent here" data-node="work"');
  expect(drawn.match(/class="edge taken"/g)?.length).toBe(2);
  expect(drawn.match(/unvisited" data-node/g)?.length).toBe(5);
  expect(svgFile(LOOPS, OVERLAY)).toBe(drawn);
});

test("SVG holds hostile labels as text only", () => {
  const drawn = svgFile(diagram({ a: "agent", b: "fail" }, ["a b </text><script>alert(1)</script>\u0000"]));
  expect(drawn).not.toContain("<script");
  expect(drawn).not.toContain("\u0000");
  expect(drawn).toContain("&#60;script&#62;");
});

const widthWithLabel = (label: string): number => {
  const graph = diagram({ a: "branch", b: "agent", c: "agent" }, ["a b", "a c"]);
  const edges = graph.edges.map((edge) => ({ ...edge, labels: [label] }));
  return Number(/ width="(\d+)"/.exec(svgFile({ ...graph, edges }))?.[1]);
};

test("labels in wide scripts get the room that they take", () => {
  expect(widthWithLabel("審查通過並且可以合併到主分支嗎")).toBe(widthWithLabel("x".repeat(30)));
});
