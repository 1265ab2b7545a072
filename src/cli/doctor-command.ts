import { EXIT, type ExitCode } from "../core/failure.ts";
import { examine } from "../engine/doctor.ts";
import { loadGraph } from "../graph/graph.ts";
import type { Terminal } from "./terminal.ts";

/** Prints what a run would find here, one line each; exit 3 when one of them is an error. */
export async function doctorCommand(
  workflow: string | undefined,
  flags: { readonly json?: true; readonly cli?: string },
  terminal: Terminal,
): Promise<ExitCode> {
  const graph = workflow === undefined ? undefined : await loadGraph(workflow);
  const findings = await examine({ graph, environment: process.env, cli: flags.cli });
  if (flags.json) terminal.out(JSON.stringify({ findings }, null, 2));
  else
    for (const { level, about, says, mend } of findings)
      terminal.out(
        `${level.padEnd(7)}  ${about}: ${says}${mend === undefined ? "" : `\n         -> ${mend}`}`,
      );
  return findings.some(({ level }) => level === "error") ? EXIT.notReady : EXIT.terminal;
}
