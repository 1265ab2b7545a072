import { EXIT, type ExitCode, UsageError } from "../core/failure.ts";
import { runsRootOf } from "../engine/locate-run.ts";
import { isOfWorkflow, overviewOf } from "../engine/run-overview.ts";
import { currentHolder } from "../store/holder.ts";
import { calledAs } from "./called-as.ts";
import { type OperatorFlags, runsPlace, stdoutStyle } from "./operator-options.ts";
import { statusLines } from "./status-lines.ts";
import type { Terminal } from "./terminal.ts";

export interface StatusFlags extends OperatorFlags {
  readonly watch?: true;
}

const REDRAW_EVERY_MS = 2000;

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
  return statusLines(runs, { nowMs: Date.now(), style: stdoutStyle() });
}

/** Redraws on a terminal; elsewhere prints the runs anew when something has changed. */
async function watch(look: () => readonly string[], terminal: Terminal): Promise<never> {
  let shown = "";
  for (;;) {
    const text = look().join("\n");
    if (process.stdout.isTTY) terminal.out(`\u001B[H\u001B[J${fitting(text)}`);
    else if (text !== shown) terminal.out(text);
    shown = text;
    await new Promise((resolve) => setTimeout(resolve, REDRAW_EVERY_MS));
  }
}

/** More lines than the terminal has would scroll, and a redraw would leave pieces behind. */
const fitting = (text: string): string =>
  text
    .split("\n")
    .slice(0, Math.max(1, process.stdout.rows - 1))
    .join("\n");
