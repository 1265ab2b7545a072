import type { Holder } from "../core/vocabulary.ts";
import type { StoredRun } from "../runs/stored-run.ts";
import type { ChosenWorkspace } from "../store/layout.ts";
import type { CliChoice } from "./choose-cli.ts";
import type { LocatedRun } from "./locate-run.ts";
import type { ExpectedRun } from "./resume-changes.ts";
import type { RunRequest } from "./run-request.ts";

/** A start with everything that is known about it before its run is opened. */
export interface PreparedStart {
  readonly request: RunRequest;
  readonly run: LocatedRun;
  /** The run as it was stored before the lock was taken; undefined if it does not exist or is damaged. */
  readonly stored: StoredRun | undefined;
  readonly cli: CliChoice;
  readonly workspace: ChosenWorkspace;
  /** The uuid for a new run. */
  readonly uuid: string;
  /** This process. */
  readonly holder: Holder;
  readonly versions: Readonly<Record<string, string>>;
}

/** The run that this start expects in the run directory. */
export const expectedRun = ({ request, run, cli }: PreparedStart): ExpectedRun => ({
  ...run,
  params: request.params,
  cli: cli.asked,
});
