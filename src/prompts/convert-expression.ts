import { FILTERS } from "./filters.ts";
import { child, children, optionalChild, positionOf, type RawNode, symbolName } from "./raw-node.ts";
import type {
  BinaryOperator,
  Body,
  CallArguments,
  CompareOperator,
  Expression,
  MacroDefinition,
  UnaryOperator,
} from "./syntax.ts";
import { TemplateError, type TemplatePosition } from "./template-error.ts";
import { VALUE_TESTS } from "./value-tests.ts";
import { nearestName } from "../core/nearest-name.ts";

/** What the conversion of a template passes down and collects. */
export interface Conversion {
  readonly convertBody: (nodes: readonly RawNode[]) => Body;
  readonly calls: { readonly name: string; readonly at: TemplatePosition }[];
  readonly macros: Set<string>;
}

const UNARY: Readonly<Record<string, UnaryOperator>> = { Not: "not", Neg: "-", Pos: "+" };
const BINARY: Readonly<Record<string, BinaryOperator>> = {
  And: "and",
  Or: "or",
  In: "in",
  Add: "+",
  Sub: "-",
  Mul: "*",
  Div: "/",
  FloorDiv: "//",
  Mod: "%",
  Pow: "**",
  Concat: "~",
};

/** Converts a Nunjucks expression to our own; throws TemplateError for anything that templates must not contain. */
export function convertExpression(node: RawNode, conversion: Conversion): Expression {
  const at = positionOf(node);
  const convert = (inner: RawNode) => convertExpression(inner, conversion);
  const operation = convertOperation(node, conversion);
  if (operation) return operation;
  switch (node.typename) {
    case "Literal":
      return { kind: "literal", value: literalValue(node), at };
    case "Symbol":
      return { kind: "name", name: symbolName(node), at };
    case "LookupVal":
      return { kind: "member", target: convert(child(node, "target")), key: memberKey(node, conversion), at };
    case "Array":
      return { kind: "list", items: children(node).map(convert), at };
    case "Dict":
      return { kind: "object", entries: children(node).map((pair) => convertPair(pair, conversion)), at };
    case "Group":
      return convert(onlyChild(node));
    case "Compare":
      return {
        kind: "compare",
        first: convert(child(node, "expr")),
        rest: comparisons(node, conversion),
        at,
      };
    case "InlineIf":
      return convertChoice(node, conversion);
    case "Filter":
      return convertFilter(node, conversion);
    case "Is":
      return convertTest(node, conversion);
    case "FunCall":
      return convertCall(node, conversion);
    case "Capture":
      return { kind: "capture", body: conversion.convertBody(children(child(node, "body"))), at };
    default:
      throw new TemplateError(`${node.typename} is not supported in templates`, at);
  }
}

function convertOperation(node: RawNode, conversion: Conversion): Expression | undefined {
  const at = positionOf(node);
  const side = (field: string) => convertExpression(child(node, field), conversion);
  const unary = UNARY[node.typename];
  if (unary) return { kind: "unary", operator: unary, operand: side("target"), at };
  const operator = BINARY[node.typename];
  return operator && { kind: "binary", operator, left: side("left"), right: side("right"), at };
}

function literalValue(node: RawNode): string | number | boolean | null {
  const value = node["value"];
  if (value instanceof RegExp)
    throw new TemplateError("regular expressions are not supported in templates", positionOf(node));
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  throw new TemplateError("this literal is not supported in templates", positionOf(node));
}

function memberKey(node: RawNode, conversion: Conversion): Expression {
  const key = optionalChild(node, "val");
  if (!key) throw new TemplateError("an index is missing between the brackets", positionOf(node));
  return convertExpression(key, conversion);
}

function convertPair(pair: RawNode, conversion: Conversion): { key: string; value: Expression } {
  const key = child(pair, "key");
  const isText = key.typename === "Literal" && typeof key["value"] === "string";
  if (!isText && key.typename !== "Symbol")
    throw new TemplateError("keys must be names or text", positionOf(key));
  return { key: String(key["value"]), value: convertExpression(child(pair, "value"), conversion) };
}

function onlyChild(group: RawNode): RawNode {
  const [only, ...others] = children(group);
  if (!only || others.length > 0)
    throw new TemplateError("parentheses hold exactly one expression", positionOf(group));
  return only;
}

const comparisons = (node: RawNode, conversion: Conversion) =>
  children(node, "ops").map((operand) => ({
    operator: operand["type"] as CompareOperator, // the parser admits only these operators
    operand: convertExpression(child(operand, "expr"), conversion),
  }));

function convertChoice(node: RawNode, conversion: Conversion): Expression {
  const otherwise = optionalChild(node, "else_");
  return {
    kind: "choice",
    condition: convertExpression(child(node, "cond"), conversion),
    whenTrue: convertExpression(child(node, "body"), conversion),
    otherwise: otherwise && convertExpression(otherwise, conversion),
    at: positionOf(node),
  };
}

function convertFilter(node: RawNode, conversion: Conversion): Expression {
  const at = positionOf(node);
  const name = String(child(node, "name")["value"]);
  if (!FILTERS.has(name)) throw new TemplateError(unknown("filter", name, FILTERS.keys()), at);
  const [operand, ...rest] = children(child(node, "args"));
  if (!operand) throw new TemplateError(`filter \`${name}\` has nothing to work on`, at);
  return {
    kind: "filter",
    name,
    operand: convertExpression(operand, conversion),
    args: convertArguments(rest, conversion),
    at,
  };
}

function convertTest(node: RawNode, conversion: Conversion): Expression {
  const at = positionOf(node);
  const right = child(node, "right");
  const isCall = right.typename === "FunCall";
  const name =
    right.typename === "Literal" && right["value"] === null
      ? "none"
      : String((isCall ? child(right, "name") : right)["value"]);
  if (!VALUE_TESTS.has(name)) throw new TemplateError(unknown("test", name, VALUE_TESTS.keys()), at);
  const args = convertArguments(isCall ? children(child(right, "args")) : [], conversion);
  return { kind: "test", name, operand: convertExpression(child(node, "left"), conversion), args, at };
}

function unknown(what: string, name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known);
  return `unknown ${what} \`${name}\`${nearest === undefined ? "" : `; did you mean \`${nearest}\`?`}`;
}

function convertCall(node: RawNode, conversion: Conversion): Expression {
  const at = positionOf(node);
  const callee = child(node, "name");
  if (callee.typename !== "Symbol") {
    throw new TemplateError("values have no methods to call; use a filter, as in `{{ name | upper }}`", at);
  }
  const name = symbolName(callee);
  conversion.calls.push({ name, at });
  const args = children(child(node, "args"));
  const caller = args
    .filter(isKeywords)
    .flatMap((keywords) => children(keywords))
    .map((pair) => child(pair, "value"))
    .find((value) => value.typename === "Caller");
  return {
    kind: "call",
    name,
    args: convertArguments(args, conversion),
    caller: caller && convertMacro(caller, conversion),
    at,
  };
}

const isKeywords = (node: RawNode): boolean => node.typename === "KeywordArgs";

function convertArguments(nodes: readonly RawNode[], conversion: Conversion): CallArguments {
  const pairs = nodes
    .filter(isKeywords)
    .flatMap((keywords) => children(keywords))
    .filter((pair) => child(pair, "value").typename !== "Caller");
  return {
    positional: nodes.filter((node) => !isKeywords(node)).map((node) => convertExpression(node, conversion)),
    named: pairs.map((pair) => ({
      key: symbolName(child(pair, "key")),
      value: convertExpression(child(pair, "value"), conversion),
    })),
  };
}

/** Parameters and body of a `{% macro %}`, or of the block that `{% call %}` passes to one. */
export function convertMacro(node: RawNode, conversion: Conversion): MacroDefinition {
  const parameters = children(child(node, "args")).flatMap((parameter): MacroDefinition["parameters"] =>
    isKeywords(parameter)
      ? children(parameter).map((pair) => ({
          name: symbolName(child(pair, "key")),
          fallback: convertExpression(child(pair, "value"), conversion),
        }))
      : [{ name: symbolName(parameter), fallback: undefined }],
  );
  return { parameters, body: conversion.convertBody(children(child(node, "body"))) };
}
