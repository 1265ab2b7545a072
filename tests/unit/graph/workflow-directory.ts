import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { inspectGraph } from "../../../src/graph/graph.ts";
import { formatProblem } from "../../../src/graph/problem.ts";

/** Files by name that a test puts into its workflow directory; binary content as a Buffer. */
export type Files = Readonly<Record<string, string | Buffer>>;

/** Writes a workflow directory named `story` with a prompt and a script; it is removed when the test ends. */
export function writeWorkflow(yaml: string, files: Files = {}): string {
  const root = mkdtempSync(path.join(tmpdir(), "longhaul-graph-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const directory = path.join(root, "story");
  const all: Files = {
    "prompts/plan.md": "Plan.\n",
    "scripts/check.sh": "echo {}\n",
    "workflow.yaml": yaml,
    ...files,
  };
  for (const [name, content] of Object.entries(all)) {
    const file = path.join(directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return directory;
}

/** All problems of a workflow directory as lines, with file names relative to that directory. */
export async function problemsOf(directory: string): Promise<string[]> {
  const { problems } = await inspectGraph(directory);
  return problems.map((problem) =>
    formatProblem({ ...problem, file: path.relative(directory, problem.file) }),
  );
}

export const START = "start: plan\nnodes:\n";
export const END = "  - { id: done, type: terminal }\n";

/** An agent node `plan` that leads to `done`, with further lines. */
export const planNode = (...lines: readonly string[]): string =>
  ["  - id: plan", "type: agent", "prompt: prompts/plan.md", "next: done", ...lines].join("\n    ") + "\n";

/** A whole workflow of `plan` and `done`, with further lines for `plan`. */
export const planWith = (...lines: readonly string[]): string => START + planNode(...lines) + END;

/** A workflow whose node `plan` (a script with the output `ok`) leads to a branch `decide`. */
export const branchWith = (branch: string): string =>
  `${START}  - { id: plan, type: script, script: scripts/check.sh, outputs: [{ key: ok }], next: decide }
  - { id: decide, type: branch, ${branch} }
${END}`;
