import { isJsonObject, isTooDeep, type Json, type JsonObject, ownValue, wellFormed } from "../core/json.ts";
import type { Output } from "../graph/schema.ts";
import { readUpTo, systemFiles } from "../store/files.ts";

/** The declared outputs that a script's stdout contains, or why it has none. */
export type ScriptAnswer =
  | { readonly outputs: JsonObject }
  | { readonly reason: "no_json" | "missing_key" | "schema"; readonly message: string };

/** Returns what is wrong with a value, or undefined. */
export type Validate = (schema: JsonObject, value: Json) => string | undefined;

interface AnswerSource {
  readonly stdoutFile: string;
  readonly declared: readonly Output[];
  readonly validate: Validate;
}

const WHERE = ": the whole of it, or its last line, must be one";

/** Of a longer stdout only the end is read. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Reads the JSON object that a script printed: its whole stdout, else the last line that is a JSON object.
 * @throws StorageFailure when its output cannot be read.
 */
export function readScriptAnswer({ stdoutFile, declared, validate }: AnswerSource): ScriptAnswer {
  if (declared.length === 0) return { outputs: {} };
  const answer = findObject(readEnd(stdoutFile));
  if (answer === undefined) return { reason: "no_json", message: `printed no JSON object on stdout${WHERE}` };
  const missing = declared.filter(({ key, optional }) => !optional && !Object.hasOwn(answer, key));
  if (missing.length > 0) {
    const keys = missing.map(({ key }) => JSON.stringify(key)).join(", ");
    return { reason: "missing_key", message: `printed a JSON object without ${keys}` };
  }
  return checkValues({ answer, declared, validate });
}

interface FoundAnswer {
  readonly answer: JsonObject;
  readonly declared: readonly Output[];
  readonly validate: Validate;
}

function checkValues({ answer, declared, validate }: FoundAnswer): ScriptAnswer {
  const outputs: Record<string, Json> = {};
  for (const { key, schema } of declared) {
    const value = ownValue(answer, key);
    if (value === undefined) continue;
    const problem = isTooDeep(value) ? "it is nested too deeply" : schema && validate(schema, value);
    if (problem !== undefined) return { reason: "schema", message: `printed a bad "${key}": ${problem}` };
    outputs[key] = value;
  }
  return { outputs: wellFormed(outputs) };
}

function findObject(text: string): JsonObject | undefined {
  const whole = parseObject(text);
  if (whole) return whole;
  for (let end = text.length; end > 0;) {
    const start = text.lastIndexOf("\n", end - 1) + 1;
    const found = parseObject(text.slice(start, end));
    if (found) return found;
    end = start - 1;
  }
  return undefined;
}

/** Most lines are not objects, so checking the first character saves most attempts to parse. */
function parseObject(text: string): JsonObject | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith("{") || !trimmed.endsWith("}")) return undefined;
  try {
    const value: unknown = JSON.parse(trimmed);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readEnd(path: string): string {
  const file = systemFiles.open(path, "read");
  try {
    const { sizeBytes } = file.stat();
    const wantedBytes = Math.min(sizeBytes, MAX_ANSWER_BYTES);
    const end = readUpTo(file, { position: sizeBytes - wantedBytes, sizeBytes: wantedBytes });
    return Buffer.from(end).toString("utf8");
  } finally {
    file.close();
  }
}
