import type { Json, JsonObject } from "../core/json.ts";

export interface OutputDeclaration {
  readonly key: string;
  readonly schema?: JsonObject | undefined;
  readonly optional?: boolean | undefined;
}

export interface CheckedOutput {
  readonly key: string;
  readonly optional: boolean;
  /** Describes how the value violates the output's schema; undefined when it matches. */
  readonly check: (value: Json) => string | undefined;
}

export interface AnswerTools {
  /** Parses JSON after repairing small faults; undefined when it is beyond repair. */
  readonly repair: (text: string) => unknown;
  /** Compiles the outputs' schemas. Throws when one is not a JSON Schema; the checks of the workflow exclude that. */
  readonly compile: (outputs: readonly OutputDeclaration[]) => readonly CheckedOutput[];
}

/** Loads the libraries for answers. Called at the first answer, because loading them at start would delay every command. */
export async function loadAnswerTools(): Promise<AnswerTools> {
  const [{ jsonrepair }, { Ajv2020 }] = await Promise.all([import("jsonrepair"), import("ajv/dist/2020.js")]);
  // Created for the first schema only: most outputs have none, and its creation takes a third of a replayed step.
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

/** Authors use schemas of several drafts. Without `$schema` all compile, and their common keywords mean the same in all drafts. */
function withoutDialect(schema: JsonObject): JsonObject {
  const { $schema: _dialect, $id: _id, ...rest } = schema;
  return rest;
}

function repaired(text: string, repair: (text: string) => string): unknown {
  try {
    return JSON.parse(repair(text));
  } catch {
    return undefined; // beyond repair
  }
}

/** Describes how a value violates a JSON Schema; undefined when it matches. */
export async function validateValue(schema: JsonObject, value: Json): Promise<string | undefined> {
  const tools = await loadAnswerTools();
  return tools.compile([{ key: "value", schema }])[0]?.check(value);
}
