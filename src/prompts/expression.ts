import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { parseTemplate, singleExpression } from "./parse.ts";
import { evaluateValue, renderText } from "./render.ts";

/** A value, the dotted names that were missing, and the context keys that were read. */
export interface Evaluated {
  readonly value: Json;
  readonly missing: readonly string[];
  readonly reads: readonly string[];
}

/**
 * Evaluates a text. A single `{{ expression }}` (surrounding blanks aside) keeps its type and gives null when missing;
 * any other text is rendered. Throws TemplateError.
 */
export function evaluate(text: string, context: JsonObject): Evaluated {
  const expression = singleExpression(parseTemplate(text));
  if (expression) {
    const { value, missing, reads } = evaluateValue(expression, context);
    return { value: value ?? null, missing, reads };
  }
  const { text: value, missing, reads } = renderText(text, context);
  return { value, missing, reads };
}

/** Evaluates every text inside lists and objects; keeps keys and other values. Throws TemplateError. */
export function evaluateDeep(value: Json, context: JsonObject): Evaluated {
  const missing = new Set<string>();
  const reads = new Set<string>();
  const visit = (inner: Json): Json => {
    if (Array.isArray(inner)) return inner.map(visit);
    if (isJsonObject(inner))
      return Object.fromEntries(Object.entries(inner).map(([key, member]) => [key, visit(member)]));
    if (typeof inner !== "string") return inner;
    const evaluated = evaluate(inner, context);
    for (const name of evaluated.missing) missing.add(name);
    for (const key of evaluated.reads) reads.add(key);
    return evaluated.value;
  };
  return { value: visit(value), missing: [...missing], reads: [...reads] };
}

/** Whether a text is a single `{{ expression }}` and so keeps its type. Throws TemplateError. */
export const isSingleExpression = (text: string): boolean =>
  singleExpression(parseTemplate(text)) !== undefined;
