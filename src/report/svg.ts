import { formatDuration } from "../core/duration.ts";
import { cellsOf } from "../core/text-cells.ts";
import { captionOf, type Diagram, type DiagramEdge, edgeKey, type Overlay } from "./diagram.ts";
import { escapeMarkup, printable, shorten } from "./escape.ts";
import { layOut, type PlacedEdge, type PlacedNode } from "./layout.ts";
import { SVG_STYLE } from "./svg-style.ts";

/** Draws the workflow as a self-contained SVG file. */
export function svgFile(diagram: Diagram, overlay?: Overlay): string {
  return `${svgElement(diagram, { overlay, style: `<style>${SVG_STYLE}</style>` })}\n`;
}

interface SvgOptions {
  readonly overlay: Overlay | undefined;
  /** Markup at the start, such as the style; empty for a page that has the style already. */
  readonly style?: string;
}

/** Draws the workflow as an `<svg>` element. An overlay highlights the edges and nodes of a run. All text is escaped. */
export function svgElement(diagram: Diagram, { overlay, style = "" }: SvgOptions): string {
  const words: Words = {
    name: (id) => shorten(printable(id), LONGEST_NAME),
    caption: (node) => captionOf(node, overlay, formatDuration),
    label: (edge) => labelText(edge, overlay),
  };
  const types = new Map(diagram.nodes.map((node) => [node.id, node]));
  const layout = layOut(diagram, {
    nodeWidth: (id) => nodeWidth(words.name(id), words.caption(types.get(id) ?? { id, type: "" })),
    labelWidth: (edge) => textWidth(words.label(edge), LABEL_CHARACTER) + (words.label(edge) === "" ? 0 : 8),
  });
  const { width, height } = layout;
  const box = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="lh-graph" ${box} role="img" aria-label="${escapeMarkup(`Workflow ${diagram.title}`)}">`,
    style,
    MARKERS,
    ...layout.edges.map((placed) => edgeLine(placed, overlay)),
    ...layout.nodes.map((placed) =>
      nodeBox(placed, { words, overlay, isStart: placed.node.id === diagram.start }),
    ),
    ...layout.edges.map((placed) => edgeLabel(placed, words)),
    "</svg>",
  ].join("");
}

interface Words {
  readonly name: (id: string) => string;
  readonly caption: (node: PlacedNode["node"]) => string;
  readonly label: (edge: DiagramEdge) => string;
}

const LONGEST_NAME = 34;
const LONGEST_LABEL = 30;
/** Mean widths of a character, slightly too wide: text must not overflow its box. */
const NAME_CHARACTER = 8.4;
const CAPTION_CHARACTER = 6;
const LABEL_CHARACTER = 6.6;

const textWidth = (text: string, characterWidth: number): number =>
  Array.from(text).reduce((sum, character) => sum + cellsOf(character), 0) * characterWidth;

const nodeWidth = (name: string, caption: string): number =>
  Math.round(Math.max(110, textWidth(name, NAME_CHARACTER) + 36, textWidth(caption, CAPTION_CHARACTER) + 40));

function labelText(edge: DiagramEdge, overlay: Overlay | undefined): string {
  const label = shorten(printable(edge.labels.join(", ")), LONGEST_LABEL);
  const taken = overlay?.edges.get(edgeKey(edge.from, edge.to)) ?? 0;
  return [label, ...(taken > 1 ? [`${taken}×`] : [])].filter((part) => part !== "").join(" · ");
}

const marker = (name: string): string =>
  `<marker id="lh-${name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="${name}" d="M0 0L8 4L0 8z"/></marker>`;
const MARKERS = `<defs>${marker("tip")}${marker("tip-taken")}</defs>`;

function edgeLine({ edge, path }: PlacedEdge, overlay: Overlay | undefined): string {
  const isTaken = overlay?.edges.has(edgeKey(edge.from, edge.to)) === true;
  const classes = [
    "edge",
    ...(edge.kind === "otherwise" ? ["otherwise"] : []),
    ...(isTaken ? ["taken"] : []),
  ];
  const title = `${edge.from} → ${edge.to}${edge.labels.length === 0 ? "" : `: ${edge.labels.join(", ")}`}`;
  return `<path class="${classes.join(" ")}" d="${path}" marker-end="url(#lh-${isTaken ? "tip-taken" : "tip"})"><title>${escapeMarkup(title)}</title></path>`;
}

function edgeLabel({ edge, label }: PlacedEdge, words: Words): string {
  const text = words.label(edge);
  if (text === "") return "";
  return `<text class="label" x="${label.x}" y="${label.y + 4}" text-anchor="middle">${escapeMarkup(text)}</text>`;
}

interface NodeBox {
  readonly words: Words;
  readonly overlay: Overlay | undefined;
  readonly isStart: boolean;
}

function nodeBox(placed: PlacedNode, { words, overlay, isStart }: NodeBox): string {
  const { node, x, y } = placed;
  const unvisited = overlay !== undefined && !overlay.nodes.has(node.id);
  const classes = [
    node.type,
    ...(unvisited ? ["unvisited"] : []),
    ...(overlay?.at === node.id ? ["here"] : []),
  ];
  return [
    `<g class="${escapeMarkup(classes.join(" "))}" data-node="${escapeMarkup(node.id)}"><title>${escapeMarkup(node.id)}</title>`,
    isStart ? `<circle class="begin" cx="${x}" cy="${y - placed.height / 2 - 10}" r="4"/>` : "",
    `<path class="shape" d="${outline(placed)}"/>`,
    `<text class="name" x="${x}" y="${y - 2}" text-anchor="middle">${escapeMarkup(words.name(node.id))}</text>`,
    `<text class="caption" x="${x}" y="${y + 14}" text-anchor="middle">${escapeMarkup(words.caption(node))}</text>`,
    "</g>",
  ].join("");
}

/** Agents are rounded, scripts square, branches pointed, ends round. */
function outline({ node, x, y, width, height }: PlacedNode): string {
  const [left, right, top, bottom] = [x - width / 2, x + width / 2, y - height / 2, y + height / 2];
  if (node.type === "branch") {
    return `M${left + 14} ${top}H${right - 14}L${right} ${y}L${right - 14} ${bottom}H${left + 14}L${left} ${y}z`;
  }
  const radius = CORNERS[node.type] ?? 8;
  const corner = (dx: number, dy: number) => `a${radius} ${radius} 0 0 1 ${dx * radius} ${dy * radius}`;
  return `M${left + radius} ${top}H${right - radius}${corner(1, 1)}V${bottom - radius}${corner(-1, 1)}H${left + radius}${corner(-1, -1)}V${top + radius}${corner(1, -1)}z`;
}

const CORNERS: Readonly<Record<string, number>> = { agent: 10, script: 2, terminal: 24, fail: 24 };
