import { type Clock, systemClock } from "../core/clock.ts";
import { counted } from "../core/counted.ts";
import { EXIT, type ExitCode, UsageError } from "../core/failure.ts";
import { quoteForShell } from "../core/quote-for-shell.ts";
import { runsRootOf } from "../runs/find-run.ts";
import { workflowMatcher } from "../runs/workflow-match.ts";
import { overviewOf } from "../runs/run-overview.ts";
import { currentHolder } from "../store/holder.ts";
import type { RunSummary } from "../store/run-summary.ts";
import { calledAs } from "./called-as.ts";
import { type OperatorFlags, runsPlace, stdoutLayout } from "./operator-options.ts";
import { canRedraw, fittingLines, redrawLines, sizeOf } from "./redraw.ts";
import { statusLines } from "./status-lines.ts";
import type { Terminal } from "./terminal.ts";

export interface StatusFlags extends OperatorFlags {
  readonly watch?: true;
}

const REDRAW_EVERY_MS = 2000;

/** Shows all runs of a runs directory, or of one workflow. With --watch it repeats until it is stopped. */
export async function statusCommand(
  workflow: string | undefined,
  flags: StatusFlags,
  terminal: Terminal,
  clock: Clock = systemClock,
): Promise<ExitCode> {
  const root = runsRootOf(runsPlace(flags, terminal, workflow));
  if (root === undefined) {
    throw new UsageError("Which runs? There is no AGENT_RUNS_DIR.", {
      details: [`Name a workflow (${calledAs()} status DIR) or a runs directory (--runs-dir DIR).`],
    });
  }
  const look = () => lookAt({ root, workflow }, flags, terminal);
  if (flags.watch) return watch(look, { flags, terminal, clock });
  for (const line of look().lines) terminal.out(line);
  return EXIT.terminal;
}

interface Look {
  readonly lines: readonly string[];
  /** The data behind the lines. The lines change every second; the data only when something happened. */
  readonly facts: string;
}

interface Place {
  readonly root: string;
  readonly workflow: string | undefined;
}

function lookAt({ root, workflow }: Place, { json }: StatusFlags, terminal: Terminal): Look {
  const observer = currentHolder();
  const only = workflow === undefined ? () => true : ofWorkflow(workflow, terminal);
  const runs = overviewOf(root, { observer, only });
  const facts = JSON.stringify(runs, null, 2);
  if (json) return { lines: [facts], facts };
  if (runs.length === 0) return { lines: [nothingToShow({ root, workflow }, terminal)], facts };
  return { lines: statusLines(runs, { nowMs: Date.now(), ...stdoutLayout() }), facts };
}

function ofWorkflow(workflow: string, { environment }: Terminal): (run: RunSummary) => boolean {
  const isOurs = workflowMatcher(workflow, environment);
  return (run) => isOurs(run.workflow);
}

/** Runs belong to the path of their workflow, so the runs of a moved workflow count as another's. */
function nothingToShow({ root, workflow }: Place, terminal: Terminal): string {
  const others = workflow === undefined ? 0 : overviewOf(root, { observer: currentHolder() }).length;
  if (others === 0) return `No runs in ${root}.`;
  const found = `${counted(others, "run")} of another, or of this one before it was moved`;
  const place = runsRootOf(runsPlace({}, terminal)) === root ? "" : ` --runs-dir ${quoteForShell(root)}`;
  return `No runs of this workflow in ${root}, but ${found}: ${calledAs()} status${place}`;
}

interface Watching {
  readonly flags: StatusFlags;
  readonly terminal: Terminal;
  readonly clock: Clock;
}

/** Redraws in place on a terminal; elsewhere prints the runs again when something has changed. */
async function watch(look: () => Look, { flags, terminal, clock }: Watching): Promise<never> {
  const never = new AbortController().signal;
  const isInPlace =
    flags.json !== true && canRedraw({ output: process.stdout, environment: terminal.environment });
  const show = isInPlace ? inPlace(terminal) : whenChanged(terminal);
  for (;;) {
    show(look());
    await clock.sleep(REDRAW_EVERY_MS, never);
  }
}

function inPlace(terminal: Terminal): (look: Look) => void {
  let shown: readonly string[] = [];
  return ({ lines }) => {
    const { columns, rows } = sizeOf(process.stdout);
    const all = lines.flatMap((line) => line.split("\n"));
    const drawn = fittingLines(all, Math.max(1, rows - 1), columns);
    terminal.bulk(redrawLines(shown, drawn, columns));
    shown = drawn;
  };
}

function whenChanged(terminal: Terminal): (look: Look) => void {
  let shown: string | undefined;
  return ({ lines, facts }) => {
    if (facts !== shown) terminal.bulk(`${lines.join("\n")}\n`);
    shown = facts;
  };
}
