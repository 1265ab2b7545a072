import { writeFileSync } from "node:fs";
import { EXIT, type ExitCode, UsageError } from "../core/failure.ts";
import { findRun } from "../runs/find-run.ts";
import { readLiveFacts } from "../runs/run-overview.ts";
import { loadGraph } from "../graph/graph.ts";
import { diagramOf } from "../report/diagram.ts";
import { mermaidText } from "../report/mermaid.ts";
import { readJourney } from "../report/read-journey.ts";
import { svgFile } from "../report/svg.ts";
import { currentHolder } from "../store/holder.ts";
import type { Terminal } from "./terminal.ts";

export interface GraphFlags {
  readonly format?: string;
  readonly run?: string;
  readonly runsDir?: string;
  readonly out?: string;
}

/**
 * Prints a workflow as Mermaid text or SVG; with `run`, also what that run did in it.
 * @throws UsageError for an invalid workflow, an unknown run or format, and a file that cannot be written.
 */
export async function graphCommand(
  workflow: string,
  { format = "mermaid", run, runsDir, out }: GraphFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const draw = FORMATS.get(format);
  if (draw === undefined)
    throw new UsageError(`There is no format ${JSON.stringify(format)}.`, {
      details: [`Formats: ${[...FORMATS.keys()].join(", ")}.`],
    });
  const diagram = diagramOf(await loadGraph(workflow));
  const runDir =
    run === undefined ? undefined : findRun({ workflow, runsDir, environment: terminal.environment }, run);
  const overlay =
    runDir === undefined ? undefined : readJourney(runDir, readLiveFacts(runDir, currentHolder())).overlay;
  const drawn = draw(diagram, overlay);
  if (out === undefined) terminal.out(drawn.trimEnd());
  else writeOutput(out, drawn);
  return EXIT.terminal;
}

const FORMATS = new Map([
  ["mermaid", mermaidText],
  ["svg", svgFile],
]);

/** @throws UsageError when the file cannot be written. */
export function writeOutput(file: string, content: string): void {
  try {
    writeFileSync(file, content);
  } catch (error) {
    throw new UsageError(`${file} cannot be written.`, { details: [String(error)], cause: error });
  }
}
