import type { EventOf, StampedEvent } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Graph } from "../../graph/graph.ts";
import { renderText } from "../../prompts/render.ts";
import { stepContext } from "../../prompts/step-context.ts";
import { initialState } from "../reduce/initial-state.ts";

const MAX_CHARACTERS = 200;

/** Renders the workflow's labels. Leaves out a label that is empty or fails to render: labels never stop a run. */
export function renderLabels(
  templates: Readonly<Record<string, string>>,
  context: JsonObject,
): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [name, template] of Object.entries(templates)) {
    const text = renderLabel(template, context);
    if (text !== "") labels[name] = text;
  }
  return labels;
}

/** Adds to a run's first event the labels as rendered before any step, so even a run without a step has them. */
export function withLabels<E extends StampedEvent & EventOf<"run.started">>(
  started: E,
  { labels: templates }: Pick<Graph, "labels">,
): E {
  const labels = renderLabels(templates, stepContext(initialState(started), {}));
  return Object.keys(labels).length === 0 ? started : { ...started, labels };
}

function renderLabel(template: string, context: JsonObject): string {
  try {
    const line = renderText(template, context).text.replaceAll(/\s+/g, " ").trim();
    return line.slice(0, MAX_CHARACTERS);
  } catch {
    return "";
  }
}
