import type { Failure } from "../core/failure.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { isJsonObject, isTooDeep, wellFormed } from "../core/json.ts";
import type { AnswerTools, CheckedOutput } from "./answer-tools.ts";
import { balancedObjects, fencedBlocks } from "./find-json.ts";

export interface AnswerInput {
  /** All text of the model at top level. */
  readonly text: string;
  /** The CLI's own structured answer, if it has one. */
  readonly structured: Json | undefined;
  readonly outputs: readonly CheckedOutput[];
  readonly tools: Pick<AnswerTools, "repair">;
}

export type Extraction =
  | { readonly outputs: JsonObject; readonly source: "agent" | "repaired" }
  | { readonly failure: Failure & { class: "answer" } };

/**
 * Finds the declared outputs in the model's text: its structured answer, else the last fenced JSON block with all
 * required keys, else the last balanced object with them, else a repaired one. Then checks each key's schema. Without
 * declared outputs any non-empty text is an answer. Pure.
 */
export function extractAnswer(input: AnswerInput): Extraction {
  const { text, structured, outputs } = input;
  if (text.trim() === "" && structured === undefined) {
    return failed("empty", "The answer is empty.");
  }
  if (outputs.length === 0) return { outputs: {}, source: "agent" };
  const found = findObject(input);
  if (found === undefined) return explainMissing(input);
  const values = declaredOnly(found.object, outputs);
  const problems = outputs.flatMap((output) => checkOutput(output, values[output.key]));
  return problems.length === 0
    ? { outputs: wellFormed(values), source: found.repaired ? "repaired" : "agent" }
    : failed("schema", problems.join(" "));
}

interface Found {
  readonly object: JsonObject;
  readonly repaired: boolean;
}

function findObject({ text, structured, outputs, tools }: AnswerInput): Found | undefined {
  const required = outputs.filter((output) => !output.optional).map((output) => output.key);
  const isAnswer = (value: unknown): value is JsonObject =>
    isJsonObject(value) && required.every((key) => Object.hasOwn(value, key));
  if (isAnswer(structured)) return { object: structured, repaired: false };
  const genuine = lastThat(isAnswer, fencedBlocks(text)) ?? lastThat(isAnswer, balancedObjects(text));
  if (genuine !== undefined) return { object: genuine, repaired: false };
  const repaired = repairCandidates(text).map(tools.repair).find(isAnswer);
  return repaired === undefined ? undefined : { object: repaired, repaired: true };
}

function lastThat(
  isAnswer: (value: unknown) => value is JsonObject,
  candidates: readonly string[],
): JsonObject | undefined {
  for (const candidate of candidates.toReversed()) {
    const value = parse(candidate);
    if (isAnswer(value)) return value;
  }
  return undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the next candidate, or a repaired one, may be usable
  }
}

/**
 * Text that may be JSON with small faults: the fenced blocks from the last one, then everything from the first brace. Text
 * without a closing brace was cut off: repairing it would turn half an answer into a whole one.
 */
function repairCandidates(text: string): readonly string[] {
  const fromBrace = text.indexOf("{");
  const braced = fromBrace < 0 ? "" : text.slice(fromBrace, text.lastIndexOf("}") + 1);
  return [...fencedBlocks(text).toReversed(), braced].filter(
    (candidate) => candidate.includes("{") && candidate.trimEnd().endsWith("}"),
  );
}

function declaredOnly(object: JsonObject, outputs: readonly CheckedOutput[]): JsonObject {
  const kept = outputs.filter((output) => Object.hasOwn(object, output.key));
  return Object.fromEntries(kept.map((output) => [output.key, object[output.key] ?? null]));
}

function checkOutput({ key, check }: CheckedOutput, value: Json | undefined): readonly string[] {
  if (value === undefined) return []; // optional and missing
  if (isTooDeep(value)) return [`\`${key}\` is nested too deeply.`];
  const problem = check(value);
  return problem === undefined ? [] : [`\`${key}\` does not match its schema: ${problem}.`];
}

/** Says which keys the best candidate lacks, or that the answer has no JSON object. */
function explainMissing({ text, structured, outputs, tools }: AnswerInput): Extraction {
  const candidates = [...repairCandidates(text).map(tools.repair), structured];
  const object = candidates.find(isJsonObject);
  const required = outputs.filter((output) => !output.optional).map((output) => output.key);
  if (object === undefined) {
    return failed("no_json", `The answer has no JSON object with the keys ${listed(required)}.`);
  }
  const missing = required.filter((key) => !Object.hasOwn(object, key));
  const present = Object.keys(object);
  const has = present.length === 0 ? "it is empty" : `it has ${listed(present.slice(0, MAX_KEYS_SHOWN))}`;
  return failed("missing_key", `The JSON object in the answer lacks ${listed(missing)}; ${has}.`);
}

const MAX_KEYS_SHOWN = 20;
const listed = (keys: readonly string[]): string => keys.map((key) => `\`${key}\``).join(", ");

const failed = (reason: Extract<Failure, { class: "answer" }>["reason"], message: string): Extraction => ({
  failure: { class: "answer", reason, signal: `answer.${reason}`, message },
});
