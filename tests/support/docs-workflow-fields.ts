import { workflowJsonSchema } from "../../src/graph/schema.ts";
import { code, type JsonSchema, table, typeWord } from "./docs-markdown.ts";

// zod types its JSON Schema as a plain object; JsonSchema describes the part that is read here.
const schema = workflowJsonSchema() as JsonSchema;

/** Fields outside the nodes. */
export const workflowFields = (): string => fieldTable(schema, ["nodes"]);

/** Fields of one node type, except those in `skip`. */
export function nodeFields(type: string, skip: readonly string[] = []): string {
  const nodes =
    schema.properties?.["nodes"]?.items?.oneOf ?? schema.properties?.["nodes"]?.items?.anyOf ?? [];
  const node = nodes.find(({ properties }) => properties?.["type"]?.const === type);
  if (node === undefined) throw new Error(`The workflow schema has no node type ${type}.`);
  return fieldTable(node, ["type", ...skip]);
}

export function fieldsOfPart(type: string, part: "outputs" | "retry"): string {
  const nodes =
    schema.properties?.["nodes"]?.items?.oneOf ?? schema.properties?.["nodes"]?.items?.anyOf ?? [];
  const field = nodes.find(({ properties }) => properties?.["type"]?.const === type)?.properties?.[part];
  if (field === undefined) throw new Error(`Nodes of type ${type} have no ${part}.`);
  return fieldTable(field.items ?? field, []);
}

function fieldTable({ properties = {}, required = [] }: JsonSchema, skip: readonly string[]): string {
  const rows = Object.entries(properties)
    .filter(([name]) => !skip.includes(name))
    .map(([name, field]) => {
      const { meaning, byDefault } = describe(name, field);
      return [
        code(name),
        code(typeOfField(name, field)),
        required.includes(name) ? "required" : byDefault,
        meaning,
      ];
    });
  return table(["field", "type", "default", "meaning"], rows);
}

/** To JSON Schema durations and templates are plain texts; a reader needs to know more. */
function typeOfField(name: string, field: JsonSchema): string {
  if (["timeout", "backoff"].includes(name)) return "duration";
  if (name === "outputs") return "list of outputs";
  if (name === "retry") return "object";
  return typeWord(field);
}

/** Splits a description at `Default: ...`, with which it ends if there is a default. */
function describe(name: string, { description }: JsonSchema): { meaning: string; byDefault: string } {
  if (description === undefined) throw new Error(`The field ${name} has no description in its schema.`);
  const [meaning = "", byDefault = "none"] = description.split(/\.? ?Default: /);
  return { meaning, byDefault };
}
