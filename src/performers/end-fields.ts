import type { TurnEnd } from "../backends/turn-report.ts";
import type { ProcessEndFields } from "../core/attempt-end.ts";
import type { ProcessEnd } from "../process/process-end.ts";

/** How a process ended, as the journal and `result.json` say it. */
export function endFields(end: TurnEnd | ProcessEnd): ProcessEndFields {
  const { stoppedBy } = end;
  return {
    exit_code: end.kind === "exited" ? end.code : null,
    signal: end.kind === "signalled" ? end.signal : null,
    ...(stoppedBy === undefined || stoppedBy === "none" ? {} : { stopped_by: stoppedBy }),
    ...(end.kind === "not_started" || end.kind === "spawn-failed" ? { os_error: end.code } : {}),
  };
}
