import nunjucksLexer from "nunjucks/src/lexer.js";
import nunjucksParser from "nunjucks/src/parser.js";
import { convertExpression, convertMacro, type Conversion } from "./convert-expression.ts";
import { child, children, optionalChild, positionOf, type RawNode, symbolName } from "./raw-node.ts";
import type { Body, Expression, Statement } from "./syntax.ts";
import { TemplateError, type TemplatePosition } from "./template-error.ts";
import { unpairedTag } from "./unclosed-tag.ts";

/** More than the templates of a large workflow together: those of a loop over many nodes are parsed once, not in each round. */
const REMEMBERED_CHARACTERS = 4 * 1024 * 1024;
const TAG_START = /\{[{%#]/;
const plainText = (text: string): Body => (text === "" ? [] : [{ kind: "text", text }]);
const remembered = new Map<string, Body>();
let rememberedCharacters = 0;

/**
 * Parses a template. Uses only the parser of Nunjucks, never its compiler: that writes the template's names into
 * JavaScript, and a name with quotes in it escapes into that code.
 * Throws TemplateError for a syntax error and for what templates must not contain (files, unknown filters, method calls).
 */
export function parseTemplate(text: string): Body {
  const known = remembered.get(text);
  if (known) return known;
  const body = TAG_START.test(text) ? convertTemplate(parseWithNunjucks(text)) : plainText(text);
  if (rememberedCharacters + text.length > REMEMBERED_CHARACTERS) forgetAll();
  remembered.set(text, body);
  rememberedCharacters += text.length;
  return body;
}

function forgetAll(): void {
  remembered.clear();
  rememberedCharacters = 0;
}

/** The expression of a text that is a single `{{ expression }}`, surrounding blanks aside; undefined for any other. */
export function singleExpression(body: Body): Expression | undefined {
  const [only, ...others] = body.filter(
    (statement) => statement.kind !== "text" || statement.text.trim() !== "",
  );
  return only?.kind === "output" && others.length === 0 ? only.value : undefined;
}

function convertTemplate(root: RawNode): Body {
  const conversion: Conversion = {
    convertBody: (nodes) => nodes.flatMap((node) => convertStatement(node, conversion)),
    calls: [],
    macros: new Set(["range", "caller"]),
  };
  const body = withinStack(() => conversion.convertBody(children(root)));
  for (const { name, at } of conversion.calls) {
    if (!conversion.macros.has(name)) {
      throw new TemplateError(
        `\`${name}\` cannot be called: only macros of this template and range() can`,
        at,
      );
    }
  }
  return body;
}

function convertStatement(node: RawNode, conversion: Conversion): Statement[] {
  if (node.typename === "Output") return children(node).map((part) => convertOutput(part, conversion));
  return [convertTag(node, conversion)];
}

function convertTag(node: RawNode, conversion: Conversion): Statement {
  const body = (field: string): Body => convertBlock(optionalChild(node, field), conversion);
  const expression = (field: string) => convertExpression(child(node, field), conversion);
  const otherwise = () => body("else_");
  switch (node.typename) {
    case "If":
      return { kind: "if", condition: expression("cond"), whenTrue: body("body"), otherwise: otherwise() };
    case "For":
      return {
        kind: "for",
        names: loopNames(node),
        list: expression("arr"),
        body: body("body"),
        otherwise: otherwise(),
      };
    case "Set": {
      const names = children(node, "targets").map(symbolName);
      return { kind: "set", names, value: expression(optionalChild(node, "value") ? "value" : "body") };
    }
    case "Macro": {
      const name = symbolName(child(node, "name"));
      conversion.macros.add(name);
      return { kind: "macro", name, macro: convertMacro(node, conversion) };
    }
    case "Switch":
      return {
        kind: "switch",
        value: expression("expr"),
        cases: convertCases(node, conversion),
        otherwise: body("default"),
      };
    default:
      throw new TemplateError(notAvailable(node.typename), positionOf(node));
  }
}

function convertBlock(block: RawNode | undefined, conversion: Conversion): Body {
  if (!block) return [];
  // `elif` is an If node where there is otherwise a list of statements.
  return conversion.convertBody(block.typename === "NodeList" ? children(block) : [block]);
}

const convertOutput = (part: RawNode, conversion: Conversion): Statement =>
  part.typename === "TemplateData"
    ? { kind: "text", text: String(part["value"]) }
    : { kind: "output", value: convertExpression(part, conversion) };

const loopNames = (node: RawNode): readonly string[] => {
  const name = child(node, "name");
  return name.typename === "Array" ? children(name).map(symbolName) : [symbolName(name)];
};

const convertCases = (node: RawNode, conversion: Conversion) =>
  children(node, "cases").map((branch) => ({
    value: convertExpression(child(branch, "cond"), conversion),
    body: conversion.convertBody(children(child(branch, "body"))),
  }));

function notAvailable(typename: string): string {
  const tag =
    { Import: "import", FromImport: "from", Extends: "extends", Include: "include", Block: "block" }[
      typename
    ] ?? typename;
  return `\`${tag}\` is not available: a template stands alone and reads no other file`;
}

function parseWithNunjucks(text: string): RawNode {
  const parser = new nunjucksParser.Parser(nunjucksLexer.lex(text, { autoescape: false }));
  try {
    return parser.parseAsRoot() as RawNode; // its fields are checked one by one
  } catch (error) {
    // When the text ends too early the parser reports no position, but the lexer knows how far it got.
    const unpaired = UNPAIRED.test(String(error)) ? unpairedTag(text) : undefined;
    if (unpaired) throw new TemplateError(unpaired.message, unpaired, error);
    const { lineno, colno } = parser.tokens;
    const lineLength = text.split("\n")[lineno]?.length ?? 0;
    throw asTemplateError(error, { line: lineno + 1, column: Math.min(colno, lineLength) + 1 });
  }
}

/** The parser's messages when tags do not pair up. */
const UNPAIRED = /end of file|unknown block tag: end|Cannot read properties of (?:null|undefined)/;

function asTemplateError(error: unknown, reached: TemplatePosition): TemplateError {
  if (error instanceof RangeError) return new TemplateError(TOO_DEEP, START, error);
  if (!(error instanceof Error) || error instanceof TypeError)
    return new TemplateError(NOT_UNDERSTOOD, reached, error);
  const line = "lineno" in error && typeof error.lineno === "number" ? error.lineno : undefined;
  const column = "colno" in error && typeof error.colno === "number" ? error.colno : 1;
  return new TemplateError(inWords(error.message), line === undefined ? reached : { line, column }, error);
}

const NOT_UNDERSTOOD = "the template is incomplete or uses a form that Nunjucks does not know";

/** The parser's messages name its functions and tokens; a person knows the brackets. */
const inWords = (message: string): string =>
  message
    .replace(/^parse[A-Z]\w*: /, "")
    .replace("expected variable end", "expected `}}`")
    .replace("expected block end in", "expected `%}` in the")
    .replace(/expected name as lookup value, got (\d+)/, "an index is written in brackets: `[$1]`")
    .replace("variable-end", "`}}`")
    .replace("block-end", "`%}`")
    .replace(/unexpected token: (\S+)/, "unexpected `$1`");

const TOO_DEEP = "the template is nested too deeply";
const START: TemplatePosition = { line: 1, column: 1 };

function withinStack<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw new TemplateError(TOO_DEEP, START, error);
    throw error;
  }
}
