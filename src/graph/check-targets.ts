import { nearestName } from "../core/nearest-name.ts";
import { edgesOf } from "./edges.ts";
import type { Place, ReadWorkflow, Report } from "./read-workflow.ts";
import type { Node } from "./schema.ts";

/** Checks that the start and every target exist, and that keys which depend on each other appear together. */
export function checkTargets(workflow: ReadWorkflow, report: Report): void {
  const ids = workflow.hasAllIds ? workflow.ids.map(({ id }) => id) : undefined;
  if (workflow.header)
    checkTarget({ target: workflow.header.start, place: { path: ["start"] }, ids }, report);
  for (const { node, path } of workflow.nodes) {
    for (const edge of edgesOf(node)) {
      checkTarget(
        { target: edge.target, place: { path: [...path, ...edge.path], node: node.id }, ids },
        report,
      );
    }
    checkPairs(node, { path, node: node.id }, report);
  }
}

function checkTarget(
  {
    target,
    place,
    ids,
  }: { readonly target: string; readonly place: Place; readonly ids: readonly string[] | undefined },
  report: Report,
): void {
  if (!ids || ids.includes(target)) return;
  const nearest = nearestName(target, ids);
  report.error(
    place,
    `there is no node \`${target}\``,
    nearest === undefined ? `Nodes: ${shortened(ids)}.` : `Did you mean \`${nearest}\`?`,
  );
}

const MAX_LISTED = 12;
/** The first names of a list, for a message that says when the list has more. */
export const shortened = (names: readonly string[]): string =>
  names.length <= MAX_LISTED ? names.join(", ") : `${names.slice(0, MAX_LISTED).join(", ")}, …`;

function checkPairs(node: Node, place: Place, report: Report): void {
  if (node.type === "terminal" || node.type === "fail") return;
  if (node.max_visits !== undefined && node.on_max_visits === undefined) {
    report.error(
      { ...place, path: [...place.path, "max_visits"], at: "key" },
      "`max_visits` needs `on_max_visits`",
      "Name the node to go to when the visits are used up.",
    );
  }
  if (node.max_visits === undefined && node.on_max_visits !== undefined) {
    report.error(
      { ...place, path: [...place.path, "on_max_visits"], at: "key" },
      "`on_max_visits` needs `max_visits`",
      "Say how often the node may run.",
    );
  }
  if (node.type !== "branch") return;
  const looksAtValue = node.cases !== undefined || node.conditions !== undefined;
  if (looksAtValue && node.path === undefined) {
    const key = node.cases === undefined ? "conditions" : "cases";
    report.error(
      { ...place, path: [...place.path, key], at: "key" },
      `\`${key}\` needs \`path\``,
      "Name the value to decide by, such as `path: checks.failed`.",
    );
  }
  if (!looksAtValue && node.when === undefined) {
    report.error(
      place,
      "the branch has nothing to decide by",
      "Add `path` with `cases` or `conditions`, or add `when`.",
    );
  }
}
