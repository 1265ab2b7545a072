import { isJsonObject } from "../core/json.ts";
import { isSingleExpression } from "../prompts/expression.ts";
import { checkTemplate } from "../prompts/render.ts";
import type { Prompt } from "./check-files.ts";
import type { Place, ReadWorkflow, Report } from "./read-workflow.ts";
import type { Path } from "./read-yaml.ts";
import type { Node } from "./schema.ts";

/** The names that one template uses. `place` is its place in the workflow file; `prompt` is set for a prompt file. */
export interface TemplateUse {
  readonly names: readonly string[];
  readonly place: Place;
  readonly prompt?: Prompt;
}

interface Checking {
  readonly workflow: ReadWorkflow;
  readonly prompts: ReadonlyMap<string, Prompt>;
  readonly report: Report;
}

/** Checks that every template parses and that `when` has expressions. Returns the names that each template uses. */
export function checkTemplates({ workflow, prompts, report }: Checking): TemplateUse[] {
  const uses: TemplateUse[] = [];
  for (const part of ["env", "labels"] as const) {
    for (const [name, text] of Object.entries(workflow.header?.[part] ?? {})) {
      uses.push(...checkText(text, { path: [part, name] }, report));
    }
  }
  for (const { node, path } of workflow.nodes) {
    for (const { text, path: inner } of templatesOf(node)) {
      uses.push(...checkText(text, { path: [...path, ...inner], node: node.id }, report));
    }
    if (node.type === "branch") checkWhen(node, path, report);
    const prompt = prompts.get(node.id);
    if (prompt) uses.push(...checkPrompt(prompt, { path: [...path, "prompt"], node: node.id }, report));
  }
  return uses;
}

function checkText(text: string, place: Place, report: Report): TemplateUse[] {
  const { problem, names } = checkTemplate(text);
  if (!problem) return [{ names, place }];
  report.error(
    place,
    `the template does not parse: ${problem.message} (line ${problem.line}, column ${problem.column} of the text)`,
    "Correct the template.",
  );
  return [];
}

/** Reports a problem of a prompt at its place in the prompt file. */
function checkPrompt(prompt: Prompt, place: Place, report: Report): TemplateUse[] {
  const { problem, names } = checkTemplate(prompt.text);
  if (!problem) return [{ names, place, prompt }];
  const { message, line, column } = problem;
  report.problems.push({
    severity: "error",
    file: prompt.file,
    line,
    column,
    ...(place.node === undefined ? {} : { node: place.node }),
    message: `the template does not parse: ${message}`,
    remedy: "Correct the template.",
  });
  return [];
}

function checkWhen(node: Extract<Node, { type: "branch" }>, path: Path, report: Report): void {
  for (const [index, { if: text }] of (node.when ?? []).entries()) {
    if (checkTemplate(text).problem || isSingleExpression(text)) continue;
    const message = "`if` must be one single expression; other text would always hold";
    report.error(
      { path: [...path, "when", index, "if"], node: node.id },
      message,
      `Write it as \`if: "{{ plan.status == 'blocked' }}"\`.`,
    );
  }
}

interface TemplateText {
  readonly text: string;
  readonly path: Path;
}

/** Every rendered text of a node, except prompt files. */
function templatesOf(node: Node): readonly TemplateText[] {
  switch (node.type) {
    case "terminal":
    case "fail":
      return [];
    case "branch":
      return [
        ...(node.when ?? []).map(({ if: text }, index) => ({ text, path: ["when", index, "if"] })),
        ...(node.conditions ?? []).flatMap(({ value }, index) =>
          textsIn(value, ["conditions", index, "value"]),
        ),
      ];
    case "agent":
      return [...stepTemplates(node), ...textsIn(node.add_dirs, ["add_dirs"])];
    case "script":
      return stepTemplates(node);
    default:
      return node satisfies never;
  }
}

const stepTemplates = (node: Extract<Node, { type: "agent" | "script" }>): readonly TemplateText[] => [
  ...textsIn(node.args, ["args"]),
  ...textsIn(node.cwd, ["cwd"]),
  ...textsIn(node.set, ["set"]),
];

function textsIn(value: unknown, path: Path): readonly TemplateText[] {
  if (typeof value === "string") return [{ text: value, path }];
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => textsIn(item, [...path, index]));
  return isJsonObject(value)
    ? Object.entries(value).flatMap(([key, member]) => textsIn(member, [...path, key]))
    : [];
}
