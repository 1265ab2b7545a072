import type { Environment } from "../backends/backend.ts";
import { backendNamed } from "../backends/table.ts";
import { readRunFlags } from "../cli/program.ts";
import { UsageError } from "../core/failure.ts";
import { chooseCli } from "../start/choose-cli.ts";
import { hasLogin } from "./has-login.ts";
import type { Places } from "./places.ts";
import { hasStarted } from "./run-of-start.ts";

interface StartOfRun {
  /** The arguments after `run`. */
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly places: Places;
}

/**
 * Returns a message if the run has not started yet and its CLI cannot log in. Undefined for a run that has started, which waits
 * for its login, and for a wrong command line, which the runner reports.
 */
export function missingLogin({ args, environment, places }: StartOfRun): string | undefined {
  const flags = readRunFlags(args);
  if (flags === undefined || flags.resumeRun !== undefined || flags.resumeLatest) return undefined;
  const backend = backendNamed(chosenCli(flags.cli, environment));
  if (backend === undefined || hasLogin(backend, environment)) return undefined;
  const workflowPath = environment["LONGHAUL_WORKFLOW_HOST_PATH"] || places.workflow;
  if (hasStarted(places, { runId: flags.runId ?? "default", workflowPath })) return undefined;
  return `no login for ${backend.name}. ${backend.loginRemedy} Without any account: --cli replay.`;
}

/** Empty for a CLI name that the runner will refuse. */
function chosenCli(flag: string | undefined, environment: Environment): string {
  try {
    return chooseCli({ flag, environment, stored: undefined, replay: undefined }).cli;
  } catch (error) {
    if (error instanceof UsageError) return "";
    throw error;
  }
}
