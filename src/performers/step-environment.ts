import type { JsonObject } from "../core/json.ts";
import type { Graph } from "../graph/graph.ts";
import { renderText } from "../prompts/render.ts";

export type Environment = Readonly<Record<string, string>>;

/**
 * The environment of a step's process: what Longhaul was started with, and the workflow's own variables. The same object for
 * every step where the workflow has none, so that what was found out about it holds on.
 */
export function createStepEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  graph: Graph,
): (context: () => JsonObject) => Environment {
  // Copied once: to read the process' own environment costs far more than to read an object.
  const base: Environment = Object.fromEntries(
    Object.entries(inherited).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const templates = Object.entries(graph.env);
  if (templates.length === 0) return () => base;
  return (context) => {
    const values = context();
    const own = templates.map(([name, template]) => [name, renderText(template, values).text] as const);
    return { ...base, ...Object.fromEntries(own) };
  };
}
