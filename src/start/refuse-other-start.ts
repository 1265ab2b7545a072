import { EXIT, UsageError } from "../core/failure.ts";
import type { RunState } from "../core/run-state.ts";
import type { PreparedStart } from "./prepared-start.ts";

/**
 * Refuses a run that another start began or changed after this one had read the directory: this start has chosen its CLI and
 * its workspace by what it read. --fresh and --repair change the run themselves.
 * @throws UsageError with exit code 4, as for the loser of any other race.
 */
export function refuseOtherStart({ request, run, stored }: PreparedStart, state: RunState): void {
  if (request.fresh || request.repair) return;
  const known = stored?.state;
  const isSame = known?.uuid === state.uuid && known.cli === state.cli && known.workspace === state.workspace;
  if (isSame) return;
  throw new UsageError(
    `Another start began or changed the run in ${run.runDir} while this one was waiting.`,
    {
      exitCode: EXIT.held,
      details: ["Nothing was changed. Start the same command again to resume the run as it is now."],
    },
  );
}
