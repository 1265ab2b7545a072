import type { Json, JsonObject } from "../core/json.ts";
import { evaluate } from "../prompts/expression.ts";
import { asText, compare, isTrue, memberOf } from "../prompts/value.ts";
import type { ConditionOperator } from "./branch-schema.ts";
import type { BranchNode } from "./schema.ts";

/** Where a branch goes and why. */
export interface BranchChoice {
  /** The value at the branch's `path`; null without a value or without a path. */
  readonly value: Json;
  /** Undefined when nothing matched and the branch has no default. */
  readonly next: string | undefined;
  /** For display: `case "0"`, `condition > 10`, `when {{ ... }}`, `default`, `nothing matched`. */
  readonly how: string;
  readonly missing: readonly string[];
  readonly reads: readonly string[];
}

/**
 * Chooses the next node: cases first, then conditions and `when` in the order of the file, then the default.
 * Pure. Throws TemplateError when a `when` expression cannot be evaluated.
 */
export function chooseBranch(node: BranchNode, context: JsonObject): BranchChoice {
  const missing = new Set<string>();
  const reads = new Set<string>();
  const value = node.path === undefined ? null : lookUp(node.path, context, { missing, reads });
  const { next, how } = choose(node, value, (text) => {
    const evaluated = evaluate(text, context);
    for (const name of evaluated.missing) missing.add(name);
    for (const key of evaluated.reads) reads.add(key);
    return evaluated.value;
  });
  return { value, next, how, missing: [...missing], reads: [...reads] };
}

interface Notes {
  readonly missing: Set<string>;
  readonly reads: Set<string>;
}

function lookUp(path: string, context: JsonObject, { missing, reads }: Notes): Json {
  const parts = path.split(".");
  const [root] = parts;
  if (root !== undefined && Object.hasOwn(context, root)) reads.add(root);
  const value = parts.reduce<Json | undefined>((target, part) => memberOf(target, part), context);
  if (value === undefined) missing.add(path);
  return value ?? null;
}

type EvaluateText = (text: string) => Json;

function choose(
  node: BranchNode,
  value: Json,
  evaluateText: EvaluateText,
): { next: string | undefined; how: string } {
  const key =
    node.path === undefined
      ? undefined
      : caseKeys(value).find((text) => Object.hasOwn(node.cases ?? {}, text));
  if (key !== undefined) return { next: node.cases?.[key], how: `case ${JSON.stringify(key)}` };
  for (const condition of node.conditions ?? []) {
    const wanted = typeof condition.value === "string" ? evaluateText(condition.value) : condition.value;
    if (holds(condition.op, value, wanted))
      return { next: condition.next, how: `condition ${condition.op} ${JSON.stringify(wanted)}` };
  }
  for (const { if: text, next } of node.when ?? []) {
    if (isTrue(evaluateText(text))) return { next, how: `when ${text.trim()}` };
  }
  return node.default === undefined
    ? { next: undefined, how: "nothing matched" }
    : { next: node.default, how: "default" };
}

/** How a value may be spelled in `cases`: YAML writes null as `null:` or as nothing. */
const caseKeys = (value: Json): readonly string[] => (value === null ? ["null", ""] : [asText(value)]);

/** `==` and `!=` compare content. The others need two numbers or two texts; a text that spells a number counts as one. */
export function holds(operator: ConditionOperator, left: Json, right: Json): boolean {
  const [first, second] = [spelledNumber(left), spelledNumber(right)];
  if (first !== undefined && second !== undefined) return compare(operator, first, second);
  return compare(operator, left, right);
}

function spelledNumber(value: Json): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
