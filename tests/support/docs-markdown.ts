/** Tables and type words for the generated parts of the docs. */

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

export const code = (text: string): string => `\`${text}\``;

/** The parts of JSON Schema that the schemas of this project use. */
export interface JsonSchema {
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly $ref?: string;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
}

/** A short word for a schema: `text`, `number`, `"a" | "b"`, `list of ...`, or the title of a named shape. */
export function typeWord(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((choice) => JSON.stringify(choice)).join(" | ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeWord))].join(" | ");
  if (schema.format === "date-time") return "time";
  if (typeof schema.type === "object") return schema.type.map((type) => typeWord({ type })).join(" | ");
  switch (schema.type) {
    case "string":
      return "text";
    case "integer":
      return "whole number";
    case "array":
      return `list of ${typeWord(schema.items ?? {})}`;
    case "object":
      return objectWord(schema);
    case undefined:
      return "any JSON";
    default:
      return schema.type;
  }
}

function objectWord({ properties, required = [], additionalProperties }: JsonSchema): string {
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(
      ([name, schema]) => `${name}${required.includes(name) ? "" : "?"}: ${typeWord(schema)}`,
    );
    return `{ ${fields.join(", ")} }`;
  }
  if (typeof additionalProperties === "object") return `map of ${typeWord(additionalProperties)}`;
  return "object";
}
