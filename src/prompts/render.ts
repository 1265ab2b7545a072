import { isJsonObject, type JsonObject } from "../core/json.ts";
import { countOperation, evaluateExpression, type Rendering } from "./evaluate.ts";
import { items } from "./list-filters.ts";
import { parseTemplate } from "./parse.ts";
import { newScope, type Scope, setVariable } from "./scope.ts";
import type { Body, Expression, Statement } from "./syntax.ts";
import { namesUsed } from "./template-names.ts";
import { TemplateError } from "./template-error.ts";
import { MAX_TEXT_CHARACTERS } from "./filter.ts";
import { asText, isEqual, isList, isTrue, type Value } from "./value.ts";

/** A rendered text, the dotted names that were missing (each once), and the context keys that were read. */
export interface Rendered {
  readonly text: string;
  readonly missing: readonly string[];
  readonly reads: readonly string[];
}

/**
 * Renders a template against a context of plain data. Values are printed and never rendered again.
 * Throws TemplateError for a template that does not parse or exceeds a limit.
 */
export function renderText(template: string, context: JsonObject): Rendered {
  const rendering = newRendering(context);
  const text = guardStack(() => renderBody(parseTemplate(template), newScope(), rendering));
  return { text, missing: [...rendering.missing], reads: [...rendering.reads] };
}

/** The value of one expression, with the same records. Throws TemplateError. */
export function evaluateValue(
  expression: Expression,
  context: JsonObject,
): { value: Value; missing: string[]; reads: string[] } {
  const rendering = newRendering(context);
  const value = guardStack(() => evaluateExpression(expression, newScope(), rendering));
  return { value, missing: [...rendering.missing], reads: [...rendering.reads] };
}

export interface CheckedTemplate {
  readonly problem?: { readonly message: string; readonly line: number; readonly column: number };
  /** The names that the template takes from its context, dotted as far as they are literal: `plan.tasks`. */
  readonly names: readonly string[];
}

/** Parses without rendering. Returns the first problem, else the names that the template uses. */
export function checkTemplate(template: string): CheckedTemplate {
  try {
    return { names: namesUsed(parseTemplate(template)) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { problem: { message: error.problem, line: error.line, column: error.column }, names: [] };
  }
}

function newRendering(context: JsonObject): Rendering {
  const rendering: Rendering = {
    context,
    missing: new Set(),
    reads: new Set(),
    renderBody: (body, scope) => renderBody(body, scope, rendering),
    operations: 0,
    macroDepth: 0,
  };
  return rendering;
}

function renderBody(body: Body, scope: Scope, rendering: Rendering): string {
  let text = "";
  for (const statement of body) {
    countOperation(rendering, START);
    text += renderStatement(statement, scope, rendering);
    if (text.length > MAX_TEXT_CHARACTERS)
      throw new TemplateError("the rendered text is longer than 16 MiB", START);
  }
  return text;
}

const START = { line: 1, column: 1 };

function renderStatement(statement: Statement, scope: Scope, rendering: Rendering): string {
  switch (statement.kind) {
    case "text":
      return statement.text;
    case "output":
      return asText(evaluateExpression(statement.value, scope, rendering));
    case "if": {
      const isHeld = isTrue(evaluateExpression(statement.condition, scope, rendering));
      return renderBody(isHeld ? statement.whenTrue : statement.otherwise, scope, rendering);
    }
    case "for":
      return renderLoop(statement, scope, rendering);
    case "set": {
      const value = evaluateExpression(statement.value, scope, rendering);
      for (const name of statement.names) setVariable(scope, name, value);
      return "";
    }
    case "macro":
      scope.macros.set(statement.name, { macro: statement.macro, scope: outermost(scope) });
      return "";
    case "switch":
      return renderSwitch(statement, scope, rendering);
    default:
      return statement satisfies never;
  }
}

type Of<Kind extends Statement["kind"]> = Extract<Statement, { readonly kind: Kind }>;

function renderLoop({ names, list, body, otherwise }: Of<"for">, scope: Scope, rendering: Rendering): string {
  const rounds = loopRounds(evaluateExpression(list, scope, rendering), names.length);
  if (rounds.length === 0) return renderBody(otherwise, scope, rendering);
  let text = "";
  for (const [index, values] of rounds.entries()) {
    const inner = newScope(scope);
    for (const [position, name] of names.entries()) inner.variables.set(name, values[position]);
    inner.variables.set("loop", loopInformation(index, rounds.length));
    text += renderBody(body, inner, rendering);
    if (text.length > MAX_TEXT_CHARACTERS)
      throw new TemplateError("the rendered text is longer than 16 MiB", list.at);
  }
  return text;
}

/** The values of the loop's names in each round: an item, the parts of an item, or key and value of an object. */
function loopRounds(value: Value, nameCount: number): readonly (readonly Value[])[] {
  if (isJsonObject(value)) return Object.entries(value);
  if (nameCount === 1) return items(value).map((item) => [item]);
  return items(value).map((item) => (isList(item) ? item : [item]));
}

const loopInformation = (index: number, length: number): JsonObject => ({
  index: index + 1,
  index0: index,
  revindex: length - index,
  revindex0: length - index - 1,
  first: index === 0,
  last: index === length - 1,
  length,
});

/** As in Nunjucks, a macro sees the template's variables, not those of a loop around its definition. */
function outermost(scope: Scope): Scope {
  return scope.parent ? outermost(scope.parent) : scope;
}

/** The first equal case. As in Nunjucks, a case without a body shares that of the next. */
function renderSwitch({ value, cases, otherwise }: Of<"switch">, scope: Scope, rendering: Rendering): string {
  const wanted = evaluateExpression(value, scope, rendering);
  const start = cases.findIndex((branch) =>
    isEqual(evaluateExpression(branch.value, scope, rendering), wanted),
  );
  const chosen = start === -1 ? undefined : cases.slice(start).find((branch) => branch.body.length > 0);
  return renderBody(chosen?.body ?? otherwise, scope, rendering);
}

function guardStack<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError)
      throw new TemplateError("the template is nested too deeply", START, error);
    throw error;
  }
}
