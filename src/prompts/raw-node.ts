import { TemplateError, type TemplatePosition } from "./template-error.ts";

/** A node of the Nunjucks parser's tree; lines and columns count from 0. */
export interface RawNode {
  readonly typename: string;
  readonly lineno: number | undefined;
  readonly colno: number | undefined;
  readonly [field: string]: unknown;
}

const isRawNode = (value: unknown): value is RawNode =>
  typeof value === "object" && value !== null && "typename" in value && typeof value.typename === "string";

export const positionOf = (node: RawNode): TemplatePosition => ({
  line: (node.lineno ?? 0) + 1,
  column: (node.colno ?? 0) + 1,
});

/** The child node in `field`; throws TemplateError when the template left it out. */
export function child(node: RawNode, field: string): RawNode {
  const value = node[field];
  if (!isRawNode(value)) throw new TemplateError(`incomplete ${node.typename} expression`, positionOf(node));
  return value;
}

export function optionalChild(node: RawNode, field: string): RawNode | undefined {
  const value = node[field];
  return isRawNode(value) ? value : undefined;
}

/** The nodes of a list field, by default the children of a node list. */
export function children(node: RawNode, field = "children"): readonly RawNode[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isRawNode) : [];
}

/** The name of a Symbol node. */
export function symbolName(node: RawNode): string {
  if (node.typename !== "Symbol" || typeof node["value"] !== "string") {
    throw new TemplateError("a plain name is expected here", positionOf(node));
  }
  return checkName(node["value"], positionOf(node));
}

/** The Nunjucks lexer accepts `a"b` and `a;b` as names; a template with one contains a typing error. */
function checkName(name: string, at: TemplatePosition): string {
  if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name)) {
    throw new TemplateError(`\`${name}\` is not a name (letters, digits and _ only)`, at);
  }
  return name;
}
