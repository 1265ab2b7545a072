import type { TemplatePosition } from "./template-error.ts";

/** The supported part of Nunjucks, as plain data. Nothing in it can name a file or a JavaScript function. */
export type Statement =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "output"; readonly value: Expression }
  | { readonly kind: "if"; readonly condition: Expression; readonly whenTrue: Body; readonly otherwise: Body }
  | {
      readonly kind: "for";
      readonly names: readonly string[];
      readonly list: Expression;
      readonly body: Body;
      readonly otherwise: Body;
    }
  | { readonly kind: "set"; readonly names: readonly string[]; readonly value: Expression }
  | { readonly kind: "macro"; readonly name: string; readonly macro: MacroDefinition }
  | {
      readonly kind: "switch";
      readonly value: Expression;
      readonly cases: readonly { readonly value: Expression; readonly body: Body }[];
      readonly otherwise: Body;
    };

export type Body = readonly Statement[];

export type Expression = { readonly at: TemplatePosition } & (
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "member"; readonly target: Expression; readonly key: Expression }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | {
      readonly kind: "object";
      readonly entries: readonly { readonly key: string; readonly value: Expression }[];
    }
  | { readonly kind: "unary"; readonly operator: UnaryOperator; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "compare"; readonly first: Expression; readonly rest: readonly Comparison[] }
  | {
      readonly kind: "choice";
      readonly condition: Expression;
      readonly whenTrue: Expression;
      readonly otherwise: Expression | undefined;
    }
  | {
      readonly kind: "filter";
      readonly name: string;
      readonly operand: Expression;
      readonly args: CallArguments;
    }
  | {
      readonly kind: "test";
      readonly name: string;
      readonly operand: Expression;
      readonly args: CallArguments;
    }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly args: CallArguments;
      /** Body of a `{% call %}` block; the macro prints it with `caller()`. */
      readonly caller: MacroDefinition | undefined;
    }
  | { readonly kind: "capture"; readonly body: Body }
);

export type UnaryOperator = "not" | "-" | "+";
export type BinaryOperator = "and" | "or" | "in" | ArithmeticOperator;
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**" | "~";
export type CompareOperator = "==" | "===" | "!=" | "!==" | "<" | ">" | "<=" | ">=";

interface Comparison {
  readonly operator: CompareOperator;
  readonly operand: Expression;
}

export interface CallArguments {
  readonly positional: readonly Expression[];
  readonly named: readonly { readonly key: string; readonly value: Expression }[];
}

export interface MacroDefinition {
  readonly parameters: readonly { readonly name: string; readonly fallback: Expression | undefined }[];
  readonly body: Body;
}
