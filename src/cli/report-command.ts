import { readFileSync } from "node:fs";
import path from "node:path";
import { EXIT, type ExitCode, UsageError } from "../core/failure.ts";
import { findRun } from "../runs/find-run.ts";
import { locateRun } from "../start/locate-run.ts";
import { readLiveFacts } from "../runs/run-overview.ts";
import { type Diagram, diagramOf } from "../report/diagram.ts";
import { fitData } from "../report/fit.ts";
import { pageHtml } from "../report/page.ts";
import { readReport, type RunReport } from "../report/read-report.ts";
import { svgElement } from "../report/svg.ts";
import { currentHolder } from "../store/holder.ts";
import { writeOutput } from "./graph-command.ts";
import type { Terminal } from "./terminal.ts";

export interface ReportFlags {
  readonly runsDir?: string;
  readonly out?: string;
}

/**
 * Writes a run as one HTML file and prints its path; with `-` it writes to stdout.
 * @throws UsageError for an unknown or damaged run, and a file that cannot be written.
 */
export async function reportCommand(
  run: string,
  { runsDir, out }: ReportFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const { environment } = terminal;
  const runDir = findRun({ workflow: undefined, runsDir, environment }, run);
  const report = readReport(runDir, readLiveFacts(runDir, currentHolder()));
  const { diagram, graphNote } = await drawable(runDir, report, environment);
  const html = pageHtml({
    title: `${report.data.run.name} ${report.data.run.runId}`,
    graph: svgElement(diagram, { overlay: report.journey.overlay }),
    dataJson: fitData({ ...report.data, graphNote, generatedMs: Date.now() }),
    script: readFileSync(new URL("./report-page.js", import.meta.url), "utf8"),
  });
  if (out === "-") {
    terminal.out(html.trimEnd());
    return EXIT.terminal;
  }
  const file = path.resolve(out ?? `${path.basename(runDir)}.html`);
  writeOutput(file, html);
  terminal.out(file);
  return EXIT.terminal;
}

const CHANGED = "The workflow has changed since the run last used it; this is the current one.";

/** Returns the workflow's graph, or, if the workflow is gone, the part that the run visited. */
async function drawable(
  runDir: string,
  { journey, workflowHash }: RunReport,
  environment: Terminal["environment"],
): Promise<{ readonly diagram: Diagram; readonly graphNote: string }> {
  try {
    const { graph } = await locateRun({
      workflow: undefined,
      runId: undefined,
      runsDir: undefined,
      resume: { kind: "run", run: runDir },
      environment,
    });
    return { diagram: diagramOf(graph), graphNote: graph.hash === workflowHash ? "" : CHANGED };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const graphNote = `Only the part that the run visited, because its workflow cannot be read: ${error.message}.`;
    return { diagram: journey.seen, graphNote };
  }
}
