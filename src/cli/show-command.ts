import { EXIT, type ExitCode, UsageError } from "../core/failure.ts";
import { findRun } from "../engine/locate-run.ts";
import { lastSteps, readStep, visitHistory } from "../engine/read-history.ts";
import type { StepHistory } from "../engine/run-history.ts";
import { readOverview, type RunOverview } from "../engine/run-overview.ts";
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

/** Shows the history of a run as a tree, or all about one step of it. */
export async function showCommand(
  { run, step }: { readonly run: string; readonly step: string | undefined },
  flags: ShowFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const runDir = findRun(runsPlace(flags), run);
  if (step !== undefined) showStep(runDir, step, { flags, terminal });
  else if (flags.json) printJson(runDir, overview(runDir), { flags, terminal });
  else printTree(runDir, overview(runDir), { flags, terminal });
  return EXIT.terminal;
}

interface Output {
  readonly flags: ShowFlags;
  readonly terminal: Terminal;
}

const overview = (runDir: string): RunOverview => readOverview(runDir, currentHolder());

function printTree(runDir: string, run: RunOverview, { flags, terminal }: Output): void {
  const layout = stdoutLayout();
  const print = (line: string) => terminal.bulk(`${line}\n`);
  for (const line of headLines(run, layout)) print(line);
  const left = run.totals.steps - SHOWN_STEPS;
  if (!flags.all && left > 0)
    print(layout.style.faint(`(the last ${SHOWN_STEPS} of ${run.totals.steps} steps; --all shows all)`));
  print("");
  visitSteps(runDir, flags, (step) => {
    for (const line of stepLines(step, layout)) print(line);
  });
}

/** Printed step by step, so that it takes no more memory for more steps. */
function printJson(runDir: string, run: RunOverview, { flags, terminal }: Output): void {
  const print = (line: string) => terminal.bulk(`${line}\n`);
  print(`{"run": ${JSON.stringify(run)},\n"steps": [`);
  let previous: StepHistory | undefined;
  visitSteps(runDir, flags, (step) => {
    if (previous !== undefined) print(`${JSON.stringify(previous)},`);
    previous = step;
  });
  if (previous !== undefined) print(JSON.stringify(previous));
  print("]}");
}

function visitSteps(runDir: string, { all }: ShowFlags, visit: (step: StepHistory) => void): void {
  if (all) return visitHistory(runDir, visit);
  for (const step of lastSteps(runDir, SHOWN_STEPS)) visit(step);
}

function showStep(runDir: string, step: string, { flags, terminal }: Output): void {
  const detail = readStep(runDir, /^\d+$/.test(step) ? Number(step) : step);
  if (detail === undefined) {
    throw new UsageError(`The run has no step ${step}.`, {
      details: [
        `Name a step's number or a node's id (its newest visit). \`${calledAs()} show RUN\` lists the steps.`,
      ],
    });
  }
  if (flags.json) return terminal.bulk(`${JSON.stringify(detail, null, 2)}\n`);
  terminal.bulk(`${detailLines(detail, stdoutLayout()).join("\n")}\n`);
}
