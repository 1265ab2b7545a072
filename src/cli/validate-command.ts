import { counted } from "../core/counted.ts";
import { EXIT, type ExitCode, UsageError } from "../core/failure.ts";
import { inspectGraph } from "../graph/graph.ts";
import { formatProblem, type Problem } from "../graph/problem.ts";
import { inHostPaths } from "./called-as.ts";
import { stdoutLayout } from "./operator-options.ts";
import type { Terminal } from "./terminal.ts";
import { wrap } from "./text-width.ts";

/**
 * Prints all problems of a workflow. Exits with 0 if it can run, with 2 if it cannot.
 * @throws UsageError if the file does not exist; with --json that is also printed as a problem.
 */
export async function validateCommand(
  workflow: string,
  flags: { readonly json?: true },
  terminal: Terminal,
): Promise<ExitCode> {
  const { graph, problems } = await inspectGraph(workflow).catch((error: unknown) => {
    if (flags.json && error instanceof UsageError) terminal.out(asJson(false, [noWorkflow(workflow, error)]));
    throw error;
  });
  if (flags.json) terminal.out(asJson(graph !== undefined, problems));
  else {
    const layout = { columns: stdoutLayout().columns, indent: "    " };
    for (const problem of problems)
      for (const line of wrap(inHostPaths(formatProblem(problem)), layout)) terminal.out(line);
    terminal.out(summary(graph?.name, graph?.nodes.size, problems));
  }
  return graph === undefined ? EXIT.usage : EXIT.terminal;
}

const asJson = (valid: boolean, problems: readonly Problem[]): string =>
  JSON.stringify({ valid, problems: problems.map(onHost) }, null, 2);

/** With --json a missing workflow is reported like any other problem, so that programs need to handle one form only. */
const noWorkflow = (workflow: string, { message, details }: UsageError): Problem => ({
  severity: "error",
  file: workflow,
  line: 1,
  column: 1,
  message: inHostPaths(message),
  remedy: inHostPaths(details.join(" ")),
});

const onHost = (problem: Problem): Problem => ({ ...problem, file: inHostPaths(problem.file) });

function summary(
  name: string | undefined,
  nodes: number | undefined,
  problems: readonly { readonly severity: string }[],
): string {
  const count = (severity: string) =>
    counted(problems.filter((problem) => problem.severity === severity).length, severity);
  const counts = `${count("error")}, ${count("warning")}`;
  return name === undefined
    ? `not valid: ${counts}`
    : `${name}: valid, ${counted(nodes ?? 0, "node")}, ${counts}`;
}
