import { counted } from "../core/counted.ts";
import { countDefaulted } from "../core/defaulted.ts";
import { EXIT, type ExitCode } from "../core/failure.ts";
import type { ActivityListener, Listener } from "../core/ports.ts";
import type { RunState } from "../core/run-state.ts";
import type { Defaulted } from "../core/vocabulary.ts";
import type { Policy } from "../recovery/policy.ts";
import type { RunRequest, RunSelection } from "../start/run-request.ts";
import { runWorkflow } from "../wire.ts";
import { readLimits } from "./limit-option.ts";
import { openLiveView } from "./live-view.ts";
import { printPlan } from "./plan.ts";
import { progressPrinter } from "./progress.ts";
import { createWaitReminder } from "./wait-reminder.ts";
import { canRedraw } from "./redraw.ts";
import { readMove, readParams, refuseUnclearFlags, type RunFlags } from "./run-options.ts";
import type { Terminal } from "./terminal.ts";

/** Runs or resumes a workflow. Returns the exit code of its outcome. */
export async function runCommand(
  workflow: string | undefined,
  flags: RunFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const request = await runRequest(workflow, flags, terminal);
  if (flags.plan) return printPlan(request, { terminal, json: flags.json === true });
  terminal.printsProgressOnly();
  const stop = new AbortController();
  const progress = openProgress(flags, terminal);
  terminal.onSignal(stopOnSignals(stop, progress.say));
  let state: RunState;
  try {
    state = await runWorkflow(request, {
      listeners: (policy) => [...jsonListeners(flags, terminal), ...progress.listeners(policy)],
      onActivity: progress.onActivity,
      say: (message) => (flags.quiet ? undefined : progress.say(message)),
      stop,
    });
  } finally {
    await progress.close();
  }
  if (!flags.quiet) terminal.sayLong(outcome(state));
  return exitCodeOf(state);
}

async function runRequest(
  workflow: string | undefined,
  flags: RunFlags,
  { environment }: Terminal,
): Promise<RunRequest> {
  refuseUnclearFlags(flags);
  return {
    workflow,
    runId: flags.runId,
    runsDir: flags.runsDir,
    resume: readResume(flags),
    environment,
    workspace: flags.workspace,
    params: await readParams(flags),
    cli: flags.cli,
    model: environment["AGENT_MODEL"] || undefined,
    replay: flags.replay,
    fresh: flags.fresh === true,
    repair: flags.repair === true,
    noWait: !flags.wait,
    move: readMove(flags),
    limits: readLimits(flags.limit),
    startId: environment["LONGHAUL_START_ID"] || null,
  };
}

function readResume(flags: RunFlags): RunSelection["resume"] {
  if (flags.resumeRun !== undefined) return { kind: "run", run: flags.resumeRun };
  return flags.resumeLatest ? { kind: "latest" } : { kind: "none" };
}

function jsonListeners(flags: RunFlags, terminal: Terminal): readonly Listener[] {
  const json: Listener = (events) => {
    for (const event of events) terminal.out(JSON.stringify(event));
  };
  return flags.json ? [json] : [];
}

interface Progress {
  readonly listeners: (policy: Policy) => readonly Listener[];
  readonly onActivity: ActivityListener | undefined;
  readonly say: (message: string) => void;
  /** Afterwards `say` prints plain lines. */
  readonly close: () => Promise<void>;
}

/** Opens a live view on a terminal; otherwise prints plain lines, or nothing. */
function openProgress(flags: RunFlags, terminal: Terminal): Progress {
  const asked = { output: process.stderr, environment: terminal.environment };
  if (flags.quiet || flags.json || !canRedraw(asked)) {
    return {
      listeners: ({ capTickMs }) =>
        flags.quiet ? [] : [progressPrinter(terminal.say), createWaitReminder(capTickMs, terminal.say)],
      onActivity: undefined,
      say: terminal.say,
      close: async () => undefined,
    };
  }
  const view = openLiveView(asked);
  let isOpen = true;
  const say = (message: string) => (isOpen ? view.say(message) : terminal.say(message));
  return {
    listeners: ({ capTickMs }) => [view.listener, createWaitReminder(capTickMs, say)],
    onActivity: view.onActivity,
    say,
    close: () => {
      isOpen = false;
      return view.close();
    },
  };
}

/**
 * Stops cleanly, which takes at most ten seconds. Until the process ends, further signals change nothing: a second Ctrl-C
 * must not kill the runner and leave its agent running.
 */
function stopOnSignals(stop: AbortController, say: (message: string) => void) {
  return (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) say("Stopping already; this takes ten seconds at most.");
    stop.abort(signal);
  };
}

const defaultedNode = ({ node, times = 1 }: Defaulted): string =>
  times === 1 ? node : `${node} (${times} times)`;

function outcome(state: RunState): string {
  const { status, defaulted } = state;
  const name = `${state.name}-${state.run_id}`;
  switch (status.kind) {
    case "finished": {
      const note =
        defaulted.length === 0
          ? ""
          : `, ${counted(countDefaulted(defaulted), "step")} took defaults: ${defaulted.map(defaultedNode).join(", ")}`;
      return `${name} finished at ${status.node} (${status.outcome})${note}. Artifacts: ${state.run_dir}`;
    }
    case "stopped":
      if (status.exit_code === EXIT.resumable)
        return `${name} stays stopped until a person starts it again. Artifacts: ${state.run_dir}`;
      return `${name} stopped, resumable: the same command resumes it. Artifacts: ${state.run_dir}`;
    case "interrupted":
      return `${name} interrupted, resumable: the same command resumes it. Artifacts: ${state.run_dir}`;
    case "running":
      throw new Error("The loop returned while the run was running.");
    default:
      return status satisfies never;
  }
}

function exitCodeOf({ status }: RunState): ExitCode {
  if (status.kind === "interrupted" || status.kind === "running") return EXIT.resumable;
  const code = Object.values(EXIT).find((exit) => exit === status.exit_code);
  return code ?? EXIT.bug;
}
