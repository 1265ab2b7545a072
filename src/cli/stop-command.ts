import { hostname } from "node:os";
import { systemClock } from "../core/clock.ts";
import { EXIT, type ExitCode } from "../core/failure.ts";
import { findRun } from "../runs/find-run.ts";
import { type StopOutcome, stopRun } from "../runs/stop-run.ts";
import { currentHolder } from "../store/holder.ts";
import { runSummary } from "../store/run-summary.ts";
import { calledAs } from "./called-as.ts";
import { type OperatorFlags, runsPlace } from "./operator-options.ts";
import type { Terminal } from "./terminal.ts";

const PATIENCE_MS = 15_000;

/** Stops a run cleanly, from any process or container that can access its directory. Waits up to 15 s for its end. */
export async function stopCommand(run: string, flags: OperatorFlags, terminal: Terminal): Promise<ExitCode> {
  const runDir = findRun(runsPlace(flags, terminal), run);
  const outcome = await stopRun({
    runDir,
    by: `longhaul stop on ${hostname()}`,
    observer: currentHolder(),
    clock: systemClock,
    patienceMs: PATIENCE_MS,
  });
  if (flags.json) terminal.out(JSON.stringify(outcomeFacts(runDir, outcome)));
  else terminal.out(`${run} ${outcomeText(outcome)}`);
  return outcome.kind === "still-running" ? EXIT.held : EXIT.terminal;
}

function outcomeText(outcome: StopOutcome): string {
  switch (outcome.kind) {
    case "ended": {
      const { status } = runSummary(outcome.state);
      return status === "finished"
        ? "ended by itself before it could be stopped."
        : "is stopped and stays stopped until a person starts it again.";
    }
    case "killed":
      return "is no longer running: its process died. A container that comes back will not resume it.";
    case "not-running":
      return outcome.requestStands
        ? "was not running. A container that comes back will not resume it; a start by a person will."
        : `was not running: it is ${runSummary(outcome.state).status}.`;
    case "still-running":
      return `is still running after ${PATIENCE_MS / 1000} s. The request remains; '${calledAs()} status' shows when it has stopped.`;
    default:
      return outcome satisfies never;
  }
}

function outcomeFacts(runDir: string, outcome: StopOutcome) {
  const summary = outcome.kind === "still-running" ? undefined : runSummary(outcome.state);
  return {
    run_dir: runDir,
    outcome: outcome.kind,
    status: summary?.status ?? "running",
    exit_code: summary?.exit_code ?? null,
  };
}
