import type { JsonObject } from "../core/json.ts";
import type { Graph } from "../graph/graph.ts";
import { renderText } from "../prompts/render.ts";

/** The environment of a step's process: what Longhaul was started with, and the workflow's own variables. */
export function stepEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  graph: Graph,
  context: JsonObject,
): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) if (value !== undefined) environment[name] = value;
  for (const [name, template] of Object.entries(graph.env))
    environment[name] = renderText(template, context).text;
  return environment;
}
