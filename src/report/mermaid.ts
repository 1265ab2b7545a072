import { formatDuration } from "../core/duration.ts";
import {
  captionOf,
  type Diagram,
  type DiagramEdge,
  type DiagramNode,
  edgeKey,
  type Overlay,
} from "./diagram.ts";
import { escapeMermaid, shorten } from "./escape.ts";

const LONGEST_LABEL = 60;

/** Draws the workflow as a Mermaid flowchart. With an overlay, edges that a run took are thick and counted. */
export function mermaidText(diagram: Diagram, overlay?: Overlay): string {
  // A node's id can be a keyword of Mermaid (`end`), so nodes are numbered.
  const names = new Map(diagram.nodes.map(({ id }, index) => [id, `n${index}`]));
  const name = (id: string) => names.get(id) ?? id;
  const lines = [
    "flowchart TD",
    ...diagram.nodes.map((node) => `  ${name(node.id)}${nodeShape(node, overlay)}`),
    ...diagram.edges.map((edge) => `  ${name(edge.from)} ${arrow(edge, overlay)} ${name(edge.to)}`),
    ...STYLES,
    ...typeLines(diagram.nodes, name),
    ...pathLines(diagram, overlay, name),
  ];
  return `${lines.join("\n")}\n`;
}

function nodeShape(node: DiagramNode, overlay: Overlay | undefined): string {
  const [open, close] = SHAPES[node.type] ?? ["[", "]"];
  const caption = overlay?.nodes.has(node.id) ? captionOf(node, overlay, formatDuration) : "";
  const second = caption === "" ? "" : `<br/>${escapeMermaid(caption)}`;
  return `${open}"${escapeMermaid(node.id)}${second}"${close}`;
}

const SHAPES: Readonly<Record<string, readonly [string, string]>> = {
  agent: ["(", ")"],
  script: ["[[", "]]"],
  branch: ["{", "}"],
  terminal: ["([", "])"],
  fail: ["([", "])"],
};

function arrow(edge: DiagramEdge, overlay: Overlay | undefined): string {
  const label = edge.labels.map((text) => shorten(text, LONGEST_LABEL)).join(", ");
  const taken = overlay?.edges.get(edgeKey(edge.from, edge.to)) ?? 0;
  const text = [label, ...(taken === 0 ? [] : [`${taken}×`])].filter((part) => part !== "").join(" · ");
  const line = edge.kind === "usual" ? "-->" : "-.->";
  return text === "" ? line : `${line}|"${escapeMermaid(text)}"|`;
}

const STYLES: readonly string[] = [
  "  classDef agent fill:#dbe9ff,stroke:#2f6bd0,color:#10233f",
  "  classDef script fill:#e9e4f8,stroke:#7355c4,color:#241a3f",
  "  classDef branch fill:#fdf1d3,stroke:#b98b13,color:#3a2c05",
  "  classDef terminal fill:#d9f2e0,stroke:#2c8a4b,color:#0d331a",
  "  classDef fail fill:#fbdcdc,stroke:#c03b3b,color:#3f0f0f",
  "  classDef here stroke-width:4px",
];

const typeLines = (nodes: readonly DiagramNode[], name: (id: string) => string): readonly string[] =>
  Object.keys(SHAPES).flatMap((type) => {
    const ids = nodes.filter((node) => node.type === type).map(({ id }) => name(id));
    return ids.length === 0 ? [] : [`  class ${ids.join(",")} ${type}`];
  });

function pathLines(
  diagram: Diagram,
  overlay: Overlay | undefined,
  name: (id: string) => string,
): readonly string[] {
  if (overlay === undefined) return [];
  const taken = diagram.edges.flatMap((edge, index) =>
    overlay.edges.has(edgeKey(edge.from, edge.to)) ? [index] : [],
  );
  const here = diagram.nodes.find(({ id }) => id === overlay.at);
  return [
    ...(taken.length === 0 ? [] : [`  linkStyle ${taken.join(",")} stroke-width:4px`]),
    ...(here === undefined ? [] : [`  class ${name(here.id)} here`]),
  ];
}
