import { nearestName } from "../core/nearest-name.ts";
import { shortened } from "./check-targets.ts";
import type { TemplateUse } from "./check-templates.ts";
import type { Place, ReadWorkflow, Report } from "./read-workflow.ts";
import type { Node } from "./schema.ts";

interface Checking {
  readonly workflow: ReadWorkflow;
  readonly templates: readonly TemplateUse[];
  readonly report: Report;
}

/** Checks that something produces each name in templates and branch paths. Only warns, because params can add names. */
export function checkNames({ workflow, templates, report }: Checking): void {
  const known = knownNames(workflow);
  const nodes = new Map(workflow.nodes.map(({ node }) => [node.id, node]));
  for (const { names, place, prompt } of templates) {
    const node = place.node === undefined ? undefined : nodes.get(place.node);
    const here = prompt ? inPrompt(known, node) : known;
    const file = prompt === undefined ? "" : `, which ${prompt.name} uses`;
    for (const name of names) warnAboutName({ name, known: here, place, file }, report);
  }
  for (const { node, path } of workflow.nodes) {
    if (node.type !== "branch" || node.path === undefined) continue;
    warnAboutName(
      { name: node.path, known, place: { path: [...path, "path"], node: node.id }, file: "" },
      report,
    );
  }
}

/** Names that the context can contain, each with its members if they are known. */
type KnownNames = ReadonlyMap<string, readonly string[] | undefined>;

function knownNames({ header, nodes, ids }: ReadWorkflow): KnownNames {
  const outputs = nodes.flatMap(({ node }) => produced(node));
  const names: [string, readonly string[] | undefined][] = [
    ...Object.keys(header?.vars ?? {}),
    ...outputs,
  ].map((name) => [name, undefined]);
  return new Map([
    ...names,
    ["run", ["id", "uuid", "dir"]],
    ["workspace", undefined],
    ["visits", ids.map(({ id }) => id)],
    ["sources", outputs],
  ]);
}

/** Context keys that a node fills. */
function produced(node: Node): readonly string[] {
  if (node.type !== "agent" && node.type !== "script") return [];
  return [...(node.outputs ?? []).map(({ key }) => key), ...Object.keys(node.set ?? {})];
}

function inPrompt(known: KnownNames, node: Node | undefined): KnownNames {
  const args = node?.type === "agent" ? Object.keys(node.args ?? {}) : [];
  return new Map([
    ...known,
    ...[...args, "node_timeout_s", "node_timeout_min"].map((name) => [name, undefined] as const),
  ]);
}

interface NameUse {
  readonly name: string;
  readonly known: KnownNames;
  readonly place: Place;
  readonly file: string;
}

function warnAboutName({ name, known, place, file }: NameUse, report: Report): void {
  const [root = "", member] = name.split(".");
  const members = known.get(root);
  if (!known.has(root)) {
    report.warn(place, `nothing produces \`${root}\`${file}`, suggestion(root, known.keys()));
  } else if (members && member !== undefined && !members.includes(member)) {
    report.warn(place, `\`${root}\` has no \`${member}\`${file}`, memberSuggestion(root, member, members));
  }
}

function suggestion(name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known);
  return nearest === undefined
    ? "Declare it in `vars` or as an output; without a value it renders empty."
    : `Did you mean \`${nearest}\`?`;
}

/** A template reads the hyphen of `visits.fix-it` as a minus, so suggest the id that begins with the name before it. */
function memberSuggestion(root: string, member: string, members: readonly string[]): string {
  const nearest = members.find((known) => known.startsWith(`${member}-`)) ?? nearestName(member, members);
  if (nearest !== undefined) return `Did you mean \`${memberPath(root, nearest)}\`?`;
  if (members.length === 0) return "No node has outputs.";
  return `${root === "visits" ? "Nodes" : "It has"}: ${shortened(members)}.`;
}

const memberPath = (root: string, member: string): string =>
  member.includes("-") ? `${root}["${member}"]` : member;
