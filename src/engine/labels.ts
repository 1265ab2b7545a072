import type { JsonObject } from "../core/json.ts";
import { renderText } from "../prompts/render.ts";

const MAX_CHARACTERS = 200;

/** The workflow's labels as they read now. One that cannot be rendered, or is empty, is left out: labels never break a run. */
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

function renderLabel(template: string, context: JsonObject): string {
  try {
    const line = renderText(template, context).text.replaceAll(/\s+/g, " ").trim();
    return line.slice(0, MAX_CHARACTERS);
  } catch {
    return "";
  }
}
