import { EXIT, type ExitCode } from "../core/failure.ts";
import { examine } from "../doctor/doctor.ts";
import type { Finding } from "../doctor/finding.ts";
import { loadGraph } from "../graph/graph.ts";
import { stdoutLayout } from "./operator-options.ts";
import type { Terminal } from "./terminal.ts";
import { wrap } from "./text-width.ts";

/** Prints one line per check of what a run needs. Exits with 3 if one of them is an error. */
export async function doctorCommand(
  workflow: string | undefined,
  flags: { readonly json?: true; readonly cli?: string },
  terminal: Terminal,
): Promise<ExitCode> {
  const graph = workflow === undefined ? undefined : await loadGraph(workflow);
  const findings = await examine({ graph, environment: terminal.environment, cli: flags.cli });
  if (flags.json) terminal.out(JSON.stringify({ findings }, null, 2));
  else for (const finding of findings) for (const line of findingLines(finding)) terminal.out(line);
  return findings.some(({ level }) => level === "error") ? EXIT.notReady : EXIT.terminal;
}

/** The width of the level at the start of each line. */
const INDENT = " ".repeat(9);

function findingLines({ level, about, says, mend }: Finding): readonly string[] {
  const { style, columns } = stdoutLayout();
  const paint = { ok: style.good, warning: style.attention, error: style.bad }[level];
  const lines = [
    `${paint(level)}${" ".repeat(INDENT.length - level.length)}${about}: ${says}`,
    ...(mend === undefined ? [] : [`${INDENT}-> ${mend}`]),
  ];
  return lines.flatMap((line) => wrap(line, { columns, indent: `${INDENT}   ` }));
}
