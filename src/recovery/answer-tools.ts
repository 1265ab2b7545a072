import type { Json, JsonObject } from "../core/json.ts";

export interface OutputDeclaration {
  readonly key: string;
  readonly schema?: JsonObject | undefined;
  readonly optional?: boolean | undefined;
}

export interface CheckedOutput {
  readonly key: string;
  readonly optional: boolean;
  /** What is wrong with the value, in words; undefined when it matches the output's schema. */
  readonly check: (value: Json) => string | undefined;
}

export interface AnswerTools {
  /** JSON with small faults mended; undefined when it is beyond repair. */
  readonly repair: (text: string) => unknown;
  /** Compiles the outputs' schemas. Throws when one is no JSON Schema: the graph's checks come before. */
  readonly compile: (outputs: readonly OutputDeclaration[]) => readonly CheckedOutput[];
}

/** Loads the libraries that answers need; done at the first answer, not at start. */
export async function loadAnswerTools(): Promise<AnswerTools> {
  const [{ jsonrepair }, { Ajv2020 }] = await Promise.all([import("jsonrepair"), import("ajv/dist/2020.js")]);
  // Made for the first schema: most outputs have none, and to make one takes a third of a replayed step.
  let made: InstanceType<typeof Ajv2020> | undefined;
  const ajv = () =>
    (made ??= new Ajv2020({
      allErrors: true,
      strict: false,
      logger: false,
      meta: false,
      validateSchema: false,
    }));
  return {
    repair: (text) => repaired(text, jsonrepair),
    compile: (outputs) =>
      outputs.map(({ key, schema, optional }) => {
        const validate = schema === undefined ? undefined : ajv().compile(withoutDialect(schema));
        return {
          key,
          optional: optional === true,
          check: (value) => {
            if (validate === undefined || validate(value)) return undefined;
            return ajv().errorsText(validate.errors, { dataVar: key, separator: "; " });
          },
        };
      }),
  };
}

/** Authors copy schemas of several drafts; their common part means the same in all of them. */
function withoutDialect(schema: JsonObject): JsonObject {
  const { $schema: _dialect, $id: _id, ...rest } = schema;
  return rest;
}

function repaired(text: string, repair: (text: string) => string): unknown {
  try {
    return JSON.parse(repair(text));
  } catch {
    return undefined; // no JSON in it
  }
}

/** What is wrong with a value by a JSON Schema, in words; undefined when nothing is. */
export async function validateValue(schema: JsonObject, value: Json): Promise<string | undefined> {
  const tools = await loadAnswerTools();
  return tools.compile([{ key: "value", schema }])[0]?.check(value);
}
