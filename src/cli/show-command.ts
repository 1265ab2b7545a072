import { EXIT, type ExitCode, UsageError } from "../core/failure.ts";
import { findRun } from "../runs/find-run.ts";
import { cutOff, lastSteps, readStep, visitHistory } from "../runs/read-history.ts";
import type { StepHistory } from "../runs/run-history.ts";
import { readOverview, type RunOverview } from "../runs/run-overview.ts";
import { currentHolder } from "../store/holder.ts";
import { calledAs } from "./called-as.ts";
import { headLines, stepLines } from "./history-lines.ts";
import { type OperatorFlags, runsPlace, stdoutLayout } from "./operator-options.ts";
import { detailLines } from "./step-lines.ts";
import type { Terminal } from "./terminal.ts";

export interface ShowFlags extends OperatorFlags {
  readonly all?: true;
}

const SHOWN_STEPS = 50;

/** Shows the history of a run as a tree, or the details of one step. */
export async function showCommand(
  { run, step }: { readonly run: string; readonly step: string | undefined },
  flags: ShowFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const runDir = findRun(runsPlace(flags, terminal), run);
  const shown = { runDir, overview: readOverview(runDir, currentHolder()), flags, terminal };
  if (step !== undefined) showStep(step, shown);
  else if (flags.json) printJson(shown);
  else printTree(shown);
  return EXIT.terminal;
}

interface Shown {
  readonly runDir: string;
  readonly overview: RunOverview;
  readonly flags: ShowFlags;
  readonly terminal: Terminal;
}

function printTree(shown: Shown): void {
  const { overview: run, flags, terminal } = shown;
  const layout = stdoutLayout();
  const print = (line: string) => terminal.bulk(`${line}\n`);
  for (const line of headLines(run, layout)) print(line);
  const left = run.totals.steps - SHOWN_STEPS;
  if (!flags.all && left > 0)
    print(layout.style.faint(`(the last ${SHOWN_STEPS} of ${run.totals.steps} steps; --all shows all)`));
  print("");
  visitSteps(shown, (step) => {
    for (const line of stepLines(step, layout)) print(line);
  });
}

/** Prints step by step, so that long runs need no more memory. */
function printJson(shown: Shown): void {
  const print = (line: string) => shown.terminal.bulk(`${line}\n`);
  print(`{"run": ${JSON.stringify(shown.overview)},\n"steps": [`);
  let previous: StepHistory | undefined;
  visitSteps(shown, (step) => {
    if (previous !== undefined) print(`${JSON.stringify(previous)},`);
    previous = step;
  });
  if (previous !== undefined) print(JSON.stringify(previous));
  print("]}");
}

function visitSteps(shown: Shown, visit: (step: StepHistory) => void): void {
  const { runDir, flags } = shown;
  if (flags.all) return visitHistory(runDir, (step) => visit(asItIs(step, shown)));
  for (const step of lastSteps(runDir, SHOWN_STEPS)) visit(asItIs(step, shown));
}

const asItIs = (step: StepHistory, { overview }: Shown): StepHistory =>
  overview.killed ? cutOff(step) : step;

function showStep(step: string, shown: Shown): void {
  const { runDir, flags, terminal } = shown;
  const found = readStep(runDir, /^\d+$/.test(step) ? Number(step) : step);
  if (found === undefined) {
    throw new UsageError(`The run has no step ${step}.`, {
      details: [
        `Name a step's number or a node's id (its newest visit). \`${calledAs()} show RUN\` lists the steps.`,
      ],
    });
  }
  const detail = { ...found, history: asItIs(found.history, shown) };
  if (flags.json) return terminal.bulk(`${JSON.stringify(detail, null, 2)}\n`);
  terminal.bulk(`${detailLines(detail, stdoutLayout()).join("\n")}\n`);
}
