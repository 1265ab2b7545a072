import type { z } from "zod";
import { isJsonObject } from "../core/json.ts";
import { nearestName } from "../core/nearest-name.ts";
import type { Path } from "./read-yaml.ts";
import { CONTEXT_NAME, NODE_ID, WORKFLOW_NAME } from "./schema.ts";

/** A schema's issue in words; `at: "key"` points to the key instead of its value. */
export interface SchemaProblem {
  readonly path: Path;
  readonly at: "key" | "value";
  readonly message: string;
  readonly remedy: string;
}

interface Checked {
  readonly schema: z.core.$ZodType;
  readonly input: unknown;
}

/** Describes the issues of a failed parse: names the key and says how to fix it. */
export const describeIssues = (issues: readonly z.core.$ZodIssue[], checked: Checked): SchemaProblem[] =>
  issues.flatMap((issue) => describeIssue(issue, checked));

function describeIssue(issue: z.core.$ZodIssue, { schema, input }: Checked): SchemaProblem[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => unknownKey({ path, key, known: knownKeys(schema, path) }));
  const name = nameOf(path);
  const remedy = remedyFor(path, input);
  if (issue.code === "invalid_key") return [{ path, at: "key", ...wrongName(path) }];
  const value = valueAt(input, path);
  if (value === undefined)
    return [{ path: path.slice(0, -1), at: "value", message: `${name} is missing`, remedy }];
  return [
    { path, at: "value", message: `${name} ${fault(issue, value)}`, remedy: patternRule(issue) ?? remedy },
  ];
}

function wrongName(path: Path): { message: string; remedy: string } {
  const name = JSON.stringify(path.at(-1));
  return path[0] === "env"
    ? {
        message: `${name} cannot name an environment variable`,
        remedy: "Use letters, digits and _, and do not begin with a digit.",
      }
    : {
        message: `${name} is not a name that templates can read`,
        remedy: RULES.get(CONTEXT_NAME.source) ?? "Rename it.",
      };
}

function unknownKey({
  path,
  key,
  known,
}: {
  readonly path: Path;
  readonly key: string;
  readonly known: readonly string[];
}): SchemaProblem {
  const at = { path: [...path, key], at: "key" } as const;
  const nearest = nearestName(key, known);
  const remedy =
    nearest === undefined ? `Known keys here: ${known.join(", ")}.` : `Did you mean \`${nearest}\`?`;
  return { ...at, message: `unknown key \`${key}\``, remedy };
}

/** What is wrong with a value that exists. */
function fault(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${TYPE_NAMES[issue.expected] ?? issue.expected}, not ${typeNameOf(value)}`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}, not ${JSON.stringify(value)}`;
    case "invalid_format":
      return `may not be ${JSON.stringify(value)}`;
    case "too_small":
      return issue.origin === "string" || issue.origin === "array"
        ? "may not be empty"
        : `must be ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`;
    case "too_big":
      return `must be at most ${issue.maximum}`;
    case "invalid_union":
      return issue.message === "Invalid input"
        ? `may not be ${describeValue(value)}`
        : `${issue.message}: ${JSON.stringify(value)}`;
    case "custom":
      return issue.message;
    default:
      return `is not accepted (${issue.message})`;
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function typeNameOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "boolean") return String(value);
  return typeof value === "string" ? "text" : "an object";
}

const describeValue = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : typeNameOf(value);

const RULES: ReadonlyMap<string, string> = new Map([
  [NODE_ID.source, "Begin with a letter, go on with letters, digits, - and _."],
  [
    CONTEXT_NAME.source,
    "Use letters, digits and _, and do not begin with a digit, so that templates can read it.",
  ],
  [WORKFLOW_NAME.source, "Use at most 64 letters, digits, dots, - and _, beginning with a letter or digit."],
]);

const patternRule = (issue: z.core.$ZodIssue): string | undefined =>
  issue.code === "invalid_format" && "pattern" in issue
    ? RULES.get(issue.pattern.replace(/^\/|\/$/g, ""))
    : undefined;

const REMEDIES: Readonly<Record<string, string>> = {
  id: "Give every node an id of its own.",
  start: "Name the id of the first node.",
  nodes: "List at least one node: `nodes: [ { id: ..., type: ... } ]`.",
  next: "Name the node that follows; a run ends at a node of type terminal or fail.",
  prompt: "Name a template file inside the workflow directory, such as prompts/plan.md.",
  script: "Name a script inside the workflow directory, such as scripts/check.sh.",
  timeout: "Write 90s, 15m, 2h, 7d, or a number of seconds.",
  backoff: "Write 90s, 15m, 2h, 7d, or a number of seconds.",
  env: 'Write text; quote numbers and booleans: `CI: "1"`.',
  labels: 'Write name: text, as in `labels: { story: "{{ story.id }}" }`.',
  requires: 'Write a list: `requires: [ { cmd: jq, version: ">=1.6" }, { env: REPO_TOKEN } ]`.',
  version: "Write a range of dotted numbers, such as `>=1.6` or `>=1.6 <3`.",
  outputs: "Write a list: `outputs: [ { key: plan } ]`.",
  model: "Write one model, or one per backend: `{ claude: opus, codex: gpt-5.5 }`.",
  cases: 'Write value: node id, as in `{ "0": done }`.',
  when: 'Write a list: `when: [ { if: "{{ ... }}", next: done } ]`.',
  conditions: 'Write a list: `conditions: [ { op: ">", value: 10, next: replan } ]`.',
  op: "Use one of them.",
  schema: "Write a JSON Schema, such as `{ type: object }`.",
  max_visits: "Write a whole number from 1 on.",
  vars: "Write name: value; values are what JSON can hold.",
  retry: "Write `retry: { times: 3, backoff: 30s }`.",
  limits: "Write `limits: { cost_usd: 40, tokens: 20000000, wall_clock: 7d, steps: 5000 }`, any of them.",
  wall_clock: "Write 90m, 12h, 7d, or a number of seconds.",
  set: 'Write name: value, as in `{ rounds: "{{ visits.fix }}" }`.',
};

function remedyFor(path: Path, input: unknown): string {
  const names = path.filter((part) => typeof part === "string");
  if (names[0] === "args") {
    return isJsonObject(input) && input["type"] === "script"
      ? "Scripts take a list: `args: [one, two]`."
      : "Agents take an object: `args: { story: ... }`.";
  }
  const key = names.findLast((name) => Object.hasOwn(REMEDIES, name));
  return (key === undefined ? undefined : REMEDIES[key]) ?? "See docs/workflow-format.md.";
}

/** `outputs[0].key`, in backticks. */
const nameOf = (path: Path): string =>
  path.length === 0
    ? "this"
    : `\`${path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("")}\``;

const valueAt = (input: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, part) => (typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined),
    input,
  );

/** The keys of the object schema at a path. */
function knownKeys(schema: z.core.$ZodType, path: Path): readonly string[] {
  // oxlint-disable-next-line no-underscore-dangle -- where zod keeps what a schema is made of
  const { def } = (schema as z.core.$ZodTypes)._zod; // every schema of ours is one of zod's own kinds
  const [part, ...rest] = path;
  switch (def.type) {
    case "pipe":
      return knownKeys(def.in, path);
    case "optional":
      return knownKeys(def.innerType, path);
    case "array":
      return knownKeys(def.element, rest);
    case "union":
      return def.options.flatMap((option) => knownKeys(option, path));
    case "object": {
      if (part === undefined) return Object.keys(def.shape);
      const inner = def.shape[String(part)];
      return inner ? knownKeys(inner, rest) : [];
    }
    default:
      return [];
  }
}
