import type { Body, CallArguments, Expression, MacroDefinition, Statement } from "./syntax.ts";

/**
 * The names that a template takes from its context, each once, dotted as far as they are literal (`plan.tasks`). Leaves out
 * loop variables, macro arguments and every name that the template sets anywhere.
 */
export function namesUsed(body: Body): readonly string[] {
  const names = new Set<string>();
  visitBody(body, { names, own: new Set(namesSet(body)) });
  return [...names];
}

interface Visit {
  readonly names: Set<string>;
  readonly own: ReadonlySet<string>;
}

const withOwn = ({ names, own }: Visit, added: readonly string[]): Visit => ({
  names,
  own: new Set([...own, ...added]),
});

function namesSet(body: Body): readonly string[] {
  return body.flatMap((statement) => {
    switch (statement.kind) {
      case "set":
        return statement.names;
      case "if":
        return [...namesSet(statement.whenTrue), ...namesSet(statement.otherwise)];
      case "for":
        return [...namesSet(statement.body), ...namesSet(statement.otherwise)];
      case "macro":
        return namesSet(statement.macro.body);
      case "switch":
        return [
          ...statement.cases.flatMap((branch) => namesSet(branch.body)),
          ...namesSet(statement.otherwise),
        ];
      default:
        return [];
    }
  });
}

function visitBody(body: Body, visit: Visit): void {
  for (const statement of body) visitStatement(statement, visit);
}

function visitStatement(statement: Statement, visit: Visit): void {
  switch (statement.kind) {
    case "text":
      return;
    case "output":
      return visitExpression(statement.value, visit);
    case "if":
      visitExpression(statement.condition, visit);
      visitBody(statement.whenTrue, visit);
      return visitBody(statement.otherwise, visit);
    case "for":
      visitExpression(statement.list, visit);
      visitBody(statement.body, withOwn(visit, [...statement.names, "loop"]));
      return visitBody(statement.otherwise, visit);
    case "set":
      return visitExpression(statement.value, visit);
    case "macro":
      return visitMacro(statement.macro, visit);
    case "switch":
      visitExpression(statement.value, visit);
      for (const branch of statement.cases) {
        visitExpression(branch.value, visit);
        visitBody(branch.body, visit);
      }
      return visitBody(statement.otherwise, visit);
    default:
      return statement satisfies never;
  }
}

function visitMacro({ parameters, body }: MacroDefinition, visit: Visit): void {
  for (const { fallback } of parameters) if (fallback) visitExpression(fallback, visit);
  visitBody(
    body,
    withOwn(
      visit,
      parameters.map((parameter) => parameter.name),
    ),
  );
}

function visitExpression(expression: Expression, visit: Visit): void {
  const path = staticPath(expression);
  if (path) {
    const [root] = path;
    if (root !== undefined && !visit.own.has(root)) visit.names.add(path.join("."));
    return;
  }
  for (const inner of innerExpressions(expression)) visitExpression(inner, visit);
  if (expression.kind === "call" && expression.caller) visitMacro(expression.caller, visit);
  if (expression.kind === "capture") visitBody(expression.body, visit);
}

/** `a.b[0].c` as its parts; undefined when the expression has more than names and literal keys. */
function staticPath(expression: Expression): readonly string[] | undefined {
  if (expression.kind === "name") return [expression.name];
  if (expression.kind !== "member" || expression.key.kind !== "literal") return undefined;
  const target = staticPath(expression.target);
  return target && [...target, String(expression.key.value)];
}

function innerExpressions(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "literal":
    case "name":
    case "capture":
      return [];
    case "member":
      return [expression.target, expression.key];
    case "list":
      return expression.items;
    case "object":
      return expression.entries.map((entry) => entry.value);
    case "unary":
      return [expression.operand];
    case "binary":
      return [expression.left, expression.right];
    case "compare":
      return [expression.first, ...expression.rest.map((comparison) => comparison.operand)];
    case "choice":
      return [
        expression.condition,
        expression.whenTrue,
        ...(expression.otherwise ? [expression.otherwise] : []),
      ];
    case "filter":
    case "test":
      return [expression.operand, ...argumentExpressions(expression.args)];
    case "call":
      return argumentExpressions(expression.args);
    default:
      return expression satisfies never;
  }
}

const argumentExpressions = ({ positional, named }: CallArguments): readonly Expression[] => [
  ...positional,
  ...named.map((argument) => argument.value),
];
