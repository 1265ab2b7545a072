import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Pair,
} from "yaml";

/** The largest workflow file that is accepted. */
export const MAX_FILE_BYTES = 1024 * 1024;
const MAX_ALIASES = 100;
const MAX_EXPANDED_CHARACTERS = 4 * MAX_FILE_BYTES;

interface Position {
  readonly line: number;
  readonly column: number;
}
export type Path = readonly (string | number)[];

interface YamlProblem extends Position {
  readonly message: string;
  readonly remedy: string;
}

/** A parsed YAML file: its value as plain data, and the position of everything in it. */
export interface YamlFile {
  readonly value: unknown;
  /** Position of the value at `path`, or of the closest enclosing one that exists. */
  readonly positionOf: (path: Path) => Position;
  /** Position of a key, for messages about the key itself or its whole entry. */
  readonly keyPositionOf: (path: Path) => Position;
}

export type YamlReading = { readonly file: YamlFile } | { readonly problems: readonly YamlProblem[] };

/** Parses YAML 1.2 (core schema): duplicate keys, several documents, unknown tags and alias bombs are problems. */
export function readYaml(text: string): YamlReading {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the parser's stack overflows on a text nested thousands of levels deep
    return {
      problems: [{ line: 1, column: 1, message: "the file is nested too deeply", remedy: "Flatten it." }],
    };
  }
}

function parse(text: string): YamlReading {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    uniqueKeys: true,
    lineCounter,
    prettyErrors: false,
    logLevel: "error",
  });
  const at = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const syntaxErrors = [...document.errors, ...document.warnings];
  if (syntaxErrors.some(({ message }) => message.includes("call stack"))) return { problems: [TOO_DEEP] };
  const syntaxProblems = withoutEchoes(syntaxErrors).map(({ code, message, pos }) => ({
    ...at(pos[0]),
    message: MESSAGES[code] ?? firstLine(message),
    remedy: REMEDIES[code] ?? "Fix the YAML: indentation with spaces, one `key: value` per line.",
  }));
  const forbidden = forbiddenParts(document, at);
  const explained = new Set(
    forbidden.filter(({ remedy }) => remedy === QUOTE_TEMPLATE).map(({ line }) => line),
  );
  const problems = [...syntaxProblems.filter(({ line }) => !explained.has(line)), ...forbidden];
  return problems.length > 0 ? { problems } : toPlainData(document, { at, sizeCharacters: text.length });
}

/** The parser says `Missing closing "quote`. */
const firstLine = (message: string): string =>
  lowerFirst((message.split("\n", 1)[0] ?? message).replace(/(["'])quote$/, "quote: $1"));

/** Errors after which the rest of the file can still be parsed. */
const CONTAINED = new Set(["DUPLICATE_KEY", "MULTIPLE_DOCS", "TAG_RESOLVE_FAILED"]);
const MAX_SYNTAX_PROBLEMS = 5;

/** After one error of form, such as a wrong indent, the parser reports follow-up errors. They are dropped. */
function withoutEchoes<Found extends { readonly code: string; readonly pos: readonly [number, number] }>(
  errors: readonly Found[],
): readonly Found[] {
  const sorted = errors.toSorted((left, right) => left.pos[0] - right.pos[0]);
  const first = sorted.findIndex(({ code }) => !CONTAINED.has(code));
  return sorted.slice(0, first === -1 ? MAX_SYNTAX_PROBLEMS : first + 1);
}

const TOO_DEEP: YamlProblem = {
  line: 1,
  column: 1,
  message: "the file is nested too deeply",
  remedy: "Flatten it.",
};

const MESSAGES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "this key already exists",
  MULTIPLE_DOCS: "the file holds more than one document",
};
const REMEDIES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "Keep one of the two entries.",
  MULTIPLE_DOCS: "Keep one; remove the `---` line and what follows.",
  TAB_AS_INDENT: "Indent with spaces.",
  TAG_RESOLVE_FAILED: "Remove the tag.",
};

const QUOTE_TEMPLATE = 'Put a template in quotes: `"{{ name }}"`.';
/** YAML parses `{{ name }}` as a map whose key is a map. */
const COLLECTION_AS_KEY = { message: "a map or a list cannot be a key", remedy: QUOTE_TEMPLATE };

/** Finds aliases without an anchor, and keys that would not do what their author expects. */
function forbiddenParts(document: Document, at: (offset: number) => Position): YamlProblem[] {
  const found: YamlProblem[] = [];
  let aliases = 0;
  visit(document, {
    Pair(_, { key }, ancestors) {
      if (isCollection(key)) found.push({ ...at(startOf(ancestors.at(-1)) ?? 0), ...COLLECTION_AS_KEY });
      if (!isScalar(key)) return;
      const place = at(key.range?.[0] ?? 0);
      if (key.value === "__proto__") {
        found.push({
          ...place,
          message: "the key `__proto__` is not allowed",
          remedy: "Choose another name.",
        });
      } else if (key.value === "<<" && key.type === "PLAIN") {
        found.push({ ...place, message: "`<<` is not part of YAML 1.2", remedy: "Write the entries out." });
      }
    },
    Alias(_, alias) {
      aliases += 1; // each search for an anchor reads the whole file, so thousands of aliases are not searched for
      if (aliases > MAX_ALIASES || alias.resolve(document)) return;
      const message = `there is no anchor \`&${alias.source}\` before this alias`;
      found.push({
        ...at(alias.range?.[0] ?? 0),
        message,
        remedy: "Set the anchor first, or quote the text.",
      });
    },
  });
  return found;
}

interface Source {
  readonly at: (offset: number) => Position;
  readonly sizeCharacters: number;
}

function toPlainData(document: Document, { at, sizeCharacters }: Source): YamlReading {
  // A large file of answers is allowed; only the growth through aliases counts.
  const value = expand(document, Math.max(MAX_EXPANDED_CHARACTERS, 4 * sizeCharacters));
  if (value === TOO_MUCH) {
    const message = "the aliases (`*name`) of this file expand to too much";
    return { problems: [{ ...at(firstAlias(document)), message, remedy: "Write the repeated parts out." }] };
  }
  const offset = (path: Path, wanted: "key" | "value") => at(offsetOf(document, path, wanted));
  return {
    file: {
      value,
      positionOf: (path) => offset(path, "value"),
      keyPositionOf: (path) => offset(path, "key"),
    },
  };
}

const TOO_MUCH = Symbol("too much");

/** The document as plain data; TOO_MUCH when its aliases multiply or form a circle. */
function expand(document: Document, maxCharacters: number): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    const text = JSON.stringify(value) ?? "";
    return text.length > maxCharacters ? TOO_MUCH : value;
  } catch (error) {
    // The library throws a ReferenceError for its alias limit, JSON a TypeError for a circle.
    if (error instanceof ReferenceError || error instanceof TypeError) return TOO_MUCH;
    throw error;
  }
}

function firstAlias(document: Document): number {
  let offset = 0;
  visit(document, {
    Alias(_, alias) {
      offset = alias.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

/** Offset of the key or value at a path, or of the last part of the path that exists. */
function offsetOf(document: Document, path: Path, wanted: "key" | "value"): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, part] of path.entries()) {
    const target = isAlias(node) ? node.resolve(document) : node;
    if (!isCollection(target)) break;
    const pair = isMap(target) ? target.items.find((item) => keyOf(item) === String(part)) : undefined;
    const child = isMap(target) ? pair?.value : target.get(part, true);
    const isWantedKey = wanted === "key" && index === path.length - 1;
    offset = (isWantedKey ? startOf(pair?.key) : undefined) ?? startOf(child) ?? startOf(pair?.key) ?? offset;
    node = child;
  }
  return offset;
}

/** A key as it appears in the plain data: numbers and booleans as text, an empty key as an empty text. */
const keyOf = ({ key }: Pair): string =>
  isScalar(key) && key.value !== null ? `${key.value as string | number}` : ""; // core schema scalars

/** An empty value has no position of its own, so callers use its key's. */
function startOf(node: unknown): number | undefined {
  if (!isNode(node) || (isScalar(node) && node.range?.[0] === node.range?.[1])) return undefined;
  return node.range?.[0];
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
