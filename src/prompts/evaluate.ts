import { type Json, type JsonObject, ownValue } from "../core/json.ts";
import { FILTERS } from "./filters.ts";
import { findMacro, newScope, type Scope, scopeWith } from "./scope.ts";
import type { Body, CallArguments, Expression } from "./syntax.ts";
import { TemplateError, type TemplatePosition } from "./template-error.ts";
import { FilterError, MAX_TEXT_CHARACTERS } from "./filter.ts";
import { asNumber, asText, calculate, compare, contains, isTrue, memberOf, type Value } from "./value.ts";
import { VALUE_TESTS } from "./value-tests.ts";

/** The state of one rendering: what it may read, what it has read, and what it has used up. */
export interface Rendering {
  readonly context: JsonObject;
  readonly missing: Set<string>;
  readonly reads: Set<string>;
  readonly renderBody: (body: Body, scope: Scope) => string;
  operations: number;
  macroDepth: number;
}

const MAX_OPERATIONS = 5_000_000;
const MAX_MACRO_DEPTH = 64;
const MAX_RANGE_ITEMS = 100_000;

/** The value of an expression; records what it reads and what is missing. Throws TemplateError. */
export function evaluateExpression(expression: Expression, scope: Scope, rendering: Rendering): Value {
  const value = evaluateQuietly(expression, scope, rendering);
  if (value === undefined) {
    const path = missingPath(expression, scope, rendering);
    if (path !== undefined) rendering.missing.add(path);
  }
  return value;
}

/** The same, but does not record a missing name or member, because the template itself tests for it. */
function evaluateQuietly(expression: Expression, scope: Scope, rendering: Rendering): Value {
  countOperation(rendering, expression.at);
  const evaluate = (inner: Expression) => evaluateExpression(inner, scope, rendering);
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "name":
      return lookUp(expression.name, scope, rendering);
    case "member":
      return memberOf(evaluateQuietly(expression.target, scope, rendering), evaluate(expression.key));
    case "list":
      return expression.items.map((item) => evaluate(item) ?? null);
    case "object":
      return Object.fromEntries(expression.entries.map(({ key, value }) => [key, evaluate(value) ?? null]));
    case "unary":
      return applyUnary(expression.operator, evaluate(expression.operand));
    case "binary":
      return evaluateBinary(expression, evaluate);
    case "compare":
      return evaluateComparison(expression, evaluate);
    case "choice":
      if (isTrue(evaluate(expression.condition))) return evaluate(expression.whenTrue);
      return expression.otherwise ? evaluate(expression.otherwise) : "";
    case "filter":
      return applyFilter(expression, scope, rendering);
    case "test":
      return applyTest(expression, scope, rendering);
    case "call":
      return call(expression, scope, rendering);
    case "capture":
      return rendering.renderBody(expression.body, newScope(scope));
    default:
      return expression satisfies never;
  }
}

/** Counts towards the limit on operations, so that nested loops over long lists end. */
export function countOperation(rendering: Rendering, at: TemplatePosition): void {
  rendering.operations += 1;
  if (rendering.operations > MAX_OPERATIONS)
    throw new TemplateError("rendering takes too many operations; is a loop nested over long lists?", at);
}

function lookUp(name: string, scope: Scope, rendering: Rendering): Value {
  const holder = scopeWith(scope, name);
  if (holder) return holder.variables.get(name);
  const value = ownValue(rendering.context, name);
  if (value !== undefined) rendering.reads.add(name);
  return value;
}

/** The dotted name to report for a missing name or member; undefined for any other expression. */
function missingPath(expression: Expression, scope: Scope, rendering: Rendering): string | undefined {
  if (expression.kind === "name") return expression.name;
  if (expression.kind !== "member") return undefined;
  const target = missingPath(expression.target, scope, rendering) ?? "(...)";
  const key =
    expression.key.kind === "literal"
      ? expression.key.value
      : evaluateQuietly(expression.key, scope, rendering);
  return `${target}.${asText(key)}`;
}

function applyUnary(operator: "not" | "-" | "+", value: Value): Value {
  if (operator === "not") return !isTrue(value);
  const number = operator === "-" ? -asNumber(value) : asNumber(value);
  return Number.isNaN(number) ? null : number;
}

type Of<Kind extends Expression["kind"]> = Extract<Expression, { readonly kind: Kind }>;
type Evaluate = (expression: Expression) => Value;

function evaluateBinary({ operator, left, right, at }: Of<"binary">, evaluate: Evaluate): Value {
  const first = evaluate(left);
  if (operator === "and") return isTrue(first) ? evaluate(right) : first;
  if (operator === "or") return isTrue(first) ? first : evaluate(right);
  const second = evaluate(right);
  if (operator === "in") return contains(second, first);
  return withinBounds(calculate(operator, first, second), at);
}

/** `a < b < c` is true when each neighbouring pair is in order. */
function evaluateComparison({ first, rest }: Of<"compare">, evaluate: Evaluate): boolean {
  let left = evaluate(first);
  for (const { operator, operand } of rest) {
    const right = evaluate(operand);
    if (!compare(operator, left, right)) return false;
    left = right;
  }
  return true;
}

function applyFilter({ name, operand, args, at }: Of<"filter">, scope: Scope, rendering: Rendering): Value {
  const filter = FILTERS.get(name);
  if (!filter) throw new TemplateError(`unknown filter \`${name}\``, at);
  const evaluateOperand = name === "default" || name === "d" ? evaluateQuietly : evaluateExpression;
  const value = evaluateOperand(operand, scope, rendering);
  const bound = bindArguments(
    { parameters: filter.parameters, args, what: `filter \`${name}\``, at },
    (inner) => evaluateExpression(inner, scope, rendering),
  );
  try {
    return withinBounds(filter.apply(value, bound), at);
  } catch (error) {
    if (error instanceof FilterError)
      throw new TemplateError(`filter \`${name}\`: ${error.message}`, at, error);
    throw error;
  }
}

const ASKS_FOR_PRESENCE = new Set(["defined", "undefined", "none", "null"]);

function applyTest({ name, operand, args, at }: Of<"test">, scope: Scope, rendering: Rendering): boolean {
  const test = VALUE_TESTS.get(name);
  if (!test) throw new TemplateError(`unknown test \`${name}\``, at);
  const value = (ASKS_FOR_PRESENCE.has(name) ? evaluateQuietly : evaluateExpression)(
    operand,
    scope,
    rendering,
  );
  const [argument] = args.positional;
  return test(value, argument && evaluateExpression(argument, scope, rendering));
}

interface Signature {
  readonly parameters: readonly string[];
  readonly args: CallArguments;
  readonly what: string;
  readonly at: TemplatePosition;
}

/** One value per parameter, from positional and named arguments. */
function bindArguments({ parameters, args, what, at }: Signature, evaluate: Evaluate): Value[] {
  if (args.positional.length > parameters.length)
    throw new TemplateError(`${what} takes at most ${parameters.length} arguments`, at);
  const bound: Value[] = parameters.map((_, index) => {
    const argument = args.positional[index];
    return argument && evaluate(argument);
  });
  for (const { key, value } of args.named) {
    const index = parameters.indexOf(key);
    if (index === -1) throw new TemplateError(`${what} has no argument \`${key}\``, at);
    bound[index] = evaluate(value);
  }
  return bound;
}

function call(expression: Of<"call">, scope: Scope, rendering: Rendering): Value {
  const { name, args, caller, at } = expression;
  const evaluate = (inner: Expression) => evaluateExpression(inner, scope, rendering);
  const bound = findMacro(scope, name);
  if (!bound) {
    if (name !== "range") throw new TemplateError(`\`${name}\` is not defined here`, at);
    return range(
      bindArguments({ parameters: ["start", "stop", "step"], args, what: "range()", at }, evaluate),
      at,
    );
  }
  const inner = newScope(bound.scope, true);
  const { parameters, body } = bound.macro;
  const values = bindArguments(
    { parameters: parameters.map((parameter) => parameter.name), args, what: `macro \`${name}\``, at },
    evaluate,
  );
  for (const [index, parameter] of parameters.entries()) {
    const value =
      values[index] ?? (parameter.fallback && evaluateExpression(parameter.fallback, inner, rendering));
    inner.variables.set(parameter.name, value);
  }
  if (caller) inner.macros.set("caller", { macro: caller, scope });
  return renderMacro({ body, scope: inner, name, at }, rendering);
}

interface MacroCall {
  readonly body: Body;
  readonly scope: Scope;
  readonly name: string;
  readonly at: TemplatePosition;
}

function renderMacro({ body, scope, name, at }: MacroCall, rendering: Rendering): string {
  if (rendering.macroDepth >= MAX_MACRO_DEPTH)
    throw new TemplateError(`macro \`${name}\` calls itself too deeply`, at);
  rendering.macroDepth += 1;
  const text = rendering.renderBody(body, scope);
  rendering.macroDepth -= 1;
  return text;
}

function range([first, second, third]: readonly Value[], at: TemplatePosition): Json {
  const [start, stop] = second === undefined ? [0, asNumber(first)] : [asNumber(first), asNumber(second)];
  const step = asNumber(third) || 1;
  const count = Math.max(0, Math.ceil((stop - start) / step));
  if (!(count <= MAX_RANGE_ITEMS))
    throw new TemplateError(`range() gives at most ${MAX_RANGE_ITEMS} numbers`, at);
  return Array.from({ length: count }, (_, index) => start + index * step);
}

function withinBounds(value: Value, at: TemplatePosition): Value {
  if (typeof value === "string" && value.length > MAX_TEXT_CHARACTERS)
    throw new TemplateError("a text grows too long", at);
  return value;
}
