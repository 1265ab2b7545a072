import type { JsonObject } from "../core/json.ts";
import { isJsonObject } from "../core/json.ts";

export interface DeclaredOutput {
  readonly key: string;
  readonly schema?: JsonObject | undefined;
  readonly optional?: boolean | undefined;
}

/**
 * One object schema of all declared outputs, for CLIs that can enforce one. Undefined when an output has no schema or
 * none is declared; then the prompt's contract and our own check must suffice.
 */
export function answerSchema(outputs: readonly DeclaredOutput[]): JsonObject | undefined {
  if (outputs.length === 0) return undefined;
  const properties: Record<string, JsonObject> = {};
  for (const output of outputs) {
    if (output.schema === undefined) return undefined;
    properties[output.key] = output.schema;
  }
  return {
    type: "object",
    properties,
    required: outputs.filter((output) => output.optional !== true).map((output) => output.key),
    additionalProperties: false,
  };
}

const STRICT_KEYWORDS = new Set([
  "type",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "enum",
  "const",
  "description",
  "title",
  "anyOf",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
  "pattern",
]);

/**
 * Whether a schema is in the strict subset that OpenAI servers accept: every object closed, and all its properties
 * required. The servers answer any other schema with a 400, so it is not passed.
 */
export function isStrictSchema(schema: unknown): boolean {
  if (!isJsonObject(schema)) return false;
  if (Object.keys(schema).some((keyword) => !STRICT_KEYWORDS.has(keyword))) return false;
  if (Array.isArray(schema["anyOf"])) return schema["anyOf"].every(isStrictSchema);
  const isArray = schema["type"] === "array";
  if (isArray) return isStrictSchema(schema["items"]);
  if (schema["type"] === "object") return isStrictObject(schema);
  return schema["type"] !== undefined || schema["enum"] !== undefined || schema["const"] !== undefined;
}

function isStrictObject(schema: JsonObject): boolean {
  const properties = schema["properties"];
  const required = schema["required"];
  if (!isJsonObject(properties) || !Array.isArray(required)) return false;
  if (schema["additionalProperties"] !== false) return false;
  const keys = Object.keys(properties);
  return keys.every((key) => required.includes(key)) && keys.every((key) => isStrictSchema(properties[key]));
}
