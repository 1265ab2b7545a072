import { EXIT, type ExitCode, UsageError } from "../core/failure.ts";
import { runsRootOf } from "../engine/locate-run.ts";
import { isOfWorkflow, overviewOf } from "../engine/run-overview.ts";
import { currentHolder } from "../store/holder.ts";
import { calledAs } from "./called-as.ts";
import { type OperatorFlags, runsPlace, stdoutLayout } from "./operator-options.ts";
import { redrawLines, fittingLines } from "./redraw.ts";
import { statusLines } from "./status-lines.ts";
import type { Terminal } from "./terminal.ts";

export interface StatusFlags extends OperatorFlags {
  readonly watch?: true;
}

const REDRAW_EVERY_MS = 2000;
const FALLBACK_ROWS = 24;

/** Shows all runs of a runs directory, or those of one workflow; with --watch until it is stopped. */
export async function statusCommand(
  workflow: string | undefined,
  flags: StatusFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const root = runsRootOf(runsPlace(flags, workflow));
  if (root === undefined) {
    throw new UsageError("Which runs? There is no AGENT_RUNS_DIR.", {
      details: [`Name a workflow (${calledAs()} status DIR) or a runs directory (--runs-dir DIR).`],
    });
  }
  const look = () => lookAt(root, workflow, flags);
  if (!flags.watch) {
    for (const line of look()) terminal.out(line);
    return EXIT.terminal;
  }
  return watch(look, terminal);
}

function lookAt(root: string, workflow: string | undefined, { json }: StatusFlags): readonly string[] {
  const observer = currentHolder();
  const only = workflow === undefined ? () => true : isOfWorkflow(workflow, process.env);
  const runs = overviewOf(root, { observer, only });
  if (json) return [JSON.stringify(runs, null, 2)];
  if (runs.length === 0) return [`No runs in ${root}.`];
  return statusLines(runs, { nowMs: Date.now(), ...stdoutLayout() });
}

/** Redraws in place on a terminal; elsewhere prints the runs anew when something has changed. */
async function watch(look: () => readonly string[], terminal: Terminal): Promise<never> {
  const output = process.stdout;
  const isInPlace = output.isTTY && process.env["TERM"] !== "dumb";
  let shown: readonly string[] = [];
  for (;;) {
    const lines = look().flatMap((line) => line.split("\n"));
    if (isInPlace) {
      const { columns } = stdoutLayout();
      const drawn = fittingLines(lines, Math.max(1, (output.rows || FALLBACK_ROWS) - 1), columns);
      terminal.bulk(redrawLines(shown, drawn, columns));
      shown = drawn;
    } else if (lines.join("\n") !== shown.join("\n")) {
      terminal.bulk(`${lines.join("\n")}\n`);
      shown = lines;
    }
    await new Promise((resolve) => setTimeout(resolve, REDRAW_EVERY_MS));
  }
}
