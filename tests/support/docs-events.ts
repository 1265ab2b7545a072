import { z } from "zod";
import { eventBodySchema, type EventType } from "../../src/core/event.ts";
import { failureSchema } from "../../src/core/failure.ts";
import { jsonObjectSchema, jsonSchema } from "../../src/core/json.ts";
import { usageSchema } from "../../src/core/usage.ts";
import {
  defaultedSchema,
  holderSchema,
  nextTurnSchema,
  sessionSchema,
  sourceKindSchema,
  sourceSchema,
  turnModeSchema,
} from "../../src/core/vocabulary.ts";
import { EVENT_NOTES, FIELD_NOTES } from "./docs-event-notes.ts";
import { code, type JsonSchema, table, typeWord } from "./docs-markdown.ts";

/** Shapes that several events share: named in the event tables, and described in a table of their own. */
const SHAPES = new Map<unknown, string>([
  [holderSchema, "Holder"],
  [sessionSchema, "Session"],
  [sourceSchema, "Source"],
  [sourceKindSchema, "SourceKind"],
  [nextTurnSchema, "NextTurn"],
  [turnModeSchema, "TurnMode"],
  [usageSchema, "Usage"],
  [failureSchema, "Failure"],
  [defaultedSchema, "Defaulted"],
  [jsonSchema, "any JSON"],
  [jsonObjectSchema, "map of any JSON"],
]);

/** JSON Schema with shared shapes as titles; `own` is the shape to describe in full. */
function toJsonSchema(schema: z.ZodType, own?: string): JsonSchema {
  const { $defs = {}, ...json } = z.toJSONSchema(schema, {
    override: ({ zodSchema, jsonSchema: json }) => {
      const name = SHAPES.get(zodSchema);
      if (name !== undefined && name !== own) json.title = name;
    },
  });
  // Recursive values are references, and only the title of their target is needed.
  return JSON.parse(JSON.stringify(json), (_key, value) =>
    typeof value?.$ref === "string" ? { title: $defs[value.$ref.split("/").at(-1)]?.title } : value,
  );
}

/** A heading, a sentence and a field table for every event. */
export function eventTables(): string {
  const events = toJsonSchema(eventBodySchema).oneOf ?? toJsonSchema(eventBodySchema).anyOf ?? [];
  return events
    .map((event) => {
      const type = String(event.properties?.["type"]?.const) as EventType; // the schema's own discriminator
      return `### \`${type}\`\n\n${EVENT_NOTES[type]}\n\n${fieldTable(event, type)}`;
    })
    .join("\n\n");
}

function fieldTable({ properties = {}, required = [] }: JsonSchema, event: string): string {
  const rows = Object.entries(properties)
    .filter(([name]) => name !== "type")
    .map(([name, schema]) => [
      code(required.includes(name) ? name : `${name}?`),
      code(typeWord(schema)),
      note(event, name),
    ]);
  return table(["field", "type", "meaning"], rows);
}

const usedNotes = new Set<string>();

function note(event: string, field: string): string {
  const key = Object.hasOwn(FIELD_NOTES, `${event}.${field}`) ? `${event}.${field}` : field;
  const text = FIELD_NOTES[key];
  if (text === undefined) throw new Error(`docs-event-notes.ts says nothing about ${event}.${field}.`);
  usedNotes.add(key);
  return text;
}

/** Notes that no event uses any more. */
export function unusedNotes(): readonly string[] {
  eventTables();
  return Object.keys(FIELD_NOTES).filter((key) => !usedNotes.has(key));
}

/** The shared shapes, each described in full. */
export function shapeTable(): string {
  const rows = [...SHAPES]
    .filter(([, name]) => name !== "Failure" && !name.endsWith("JSON"))
    // The keys are schemas; the key type is wide so that any node of a schema can be looked up.
    .map(([schema, name]) => [code(name), code(typeWord(toJsonSchema(schema as z.ZodType, name)))]);
  return table(["shape", "what it holds"], rows);
}

/** Classes of failures with their reasons. */
export function failureTable(): string {
  const classes = toJsonSchema(failureSchema, "Failure").oneOf ?? [];
  const rows = classes.map(({ properties = {} }) => {
    const extra = Object.keys(properties).filter((name) => !COMMON.includes(name));
    return [
      code(String(properties["class"]?.const)),
      code(typeWord(properties["reason"] ?? {}).replaceAll('"', "")),
      extra.map(code).join(", "),
    ];
  });
  return table(["class", "reasons", "further fields"], rows);
}
const COMMON = ["class", "reason", "message", "signal", "remedy"];
