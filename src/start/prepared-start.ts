import type { Holder } from "../core/vocabulary.ts";
import type { StoredRun } from "../runs/stored-run.ts";
import type { ChosenWorkspace } from "../store/layout.ts";
import type { CliChoice } from "./choose-cli.ts";
import type { LocatedRun } from "./locate-run.ts";
import type { ExpectedRun } from "./resume.ts";
import type { RunRequest } from "./run-request.ts";

/** A start, with all that was found out about it before its run is opened. */
export interface PreparedStart {
  readonly request: RunRequest;
  readonly run: LocatedRun;
  /** What the run directory said before the lock was taken; undefined where it said nothing usable. */
  readonly stored: StoredRun | undefined;
  readonly cli: CliChoice;
  readonly workspace: ChosenWorkspace;
  /** Of the run, should it begin. */
  readonly uuid: string;
  /** This process. */
  readonly holder: Holder;
  readonly versions: Readonly<Record<string, string>>;
}

/** Whose run a start means, and what it asks of it. */
export const expectedRun = ({ request, run, cli }: PreparedStart): ExpectedRun => ({
  ...run,
  params: request.params,
  cli: cli.asked,
});
