import type { Environment } from "../backends/backend.ts";
import { backendNamed } from "../backends/table.ts";
import { readRunFlags } from "../cli/program.ts";
import { UsageError } from "../core/failure.ts";
import { chooseCli } from "../start/choose-cli.ts";
import { hasLogin } from "./has-login.ts";
import type { Places } from "./places.ts";
import { hasBegun } from "./run-of-start.ts";

interface StartOfRun {
  /** What follows `run` on the command line. */
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly places: Places;
}

/**
 * What to say when the run has no step yet and its CLI no way to log in; undefined otherwise. A run that has begun is not asked:
 * it waits for its login. Neither is one whose command line is wrong: the runner says what is.
 */
export function missingLogin({ args, environment, places }: StartOfRun): string | undefined {
  const flags = readRunFlags(args);
  if (flags === undefined || flags.resumeRun !== undefined || flags.resumeLatest) return undefined;
  const backend = backendNamed(chosenCli(flags.cli, environment));
  if (backend === undefined || hasLogin(backend, environment)) return undefined;
  const workflowPath = environment["LONGHAUL_WORKFLOW_HOST_PATH"] || places.workflow;
  if (hasBegun(places, { runId: flags.runId ?? "default", workflowPath })) return undefined;
  return `no login for ${backend.name}. ${backend.loginRemedy} Without any account: --cli replay.`;
}

/** Empty for a name that the runner will refuse. */
function chosenCli(flag: string | undefined, environment: Environment): string {
  try {
    return chooseCli({ flag, environment, stored: undefined, replay: undefined }).cli;
  } catch (error) {
    if (error instanceof UsageError) return "";
    throw error;
  }
}
