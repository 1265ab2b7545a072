import type { JsonObject } from "../core/json.ts";
import { nearestName } from "../core/nearest-name.ts";
import type { Graph } from "../graph/graph.ts";
import { formatProblem } from "../graph/problem.ts";

/**
 * Warnings for the user before a new run is left unattended: those of its workflow, and params that look like a misspelled
 * var. Other unknown params may be intended, because a template can read any name.
 */
export function startWarnings(graph: Graph, params: JsonObject = {}): readonly string[] {
  const vars = Object.keys(graph.vars);
  const misspelled = Object.keys(params).flatMap((name) => {
    const nearest = vars.includes(name) ? undefined : nearestName(name, vars);
    return nearest === undefined
      ? []
      : [`warning: the param \`${name}\` is not a var of the workflow. Did you mean \`${nearest}\`?`];
  });
  return [...graph.warnings.map(formatProblem), ...misspelled];
}
