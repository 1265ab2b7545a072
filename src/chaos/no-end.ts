import { EXIT, UsageError } from "../core/failure.ts";
import type { RunRecord } from "./record.ts";
import type { SeenStart } from "./judge-case.ts";

/** The most steps of an undisturbed run; a case may take several times as many. */
export const CALM_STEPS = 2000;

type UnendedStart = Pick<SeenStart, "exitCode" | "record" | "overdue">;

/** Makes the error for an undisturbed run that reached no end: why, and what to do. */
export function noEnd({ exitCode, record, overdue }: UnendedStart): UsageError {
  const why = overdue ? "It did not end within an hour." : (record?.limitReached ?? record?.why ?? "");
  const open = record?.steps.find(({ next }) => next === null);
  return new UsageError("The workflow does not reach an end when nothing goes wrong.", {
    details: [
      `Exit ${exitCode ?? "none"}${open === undefined ? "" : ` at ${open.node}`}${why === "" ? "" : `: ${why}`}`,
      exitCode === EXIT.limit ? belowTheLimit(record) : REACH_AN_END,
    ],
  });
}

const REACH_AN_END =
  "Make `longhaul run` with --cli replay reach an end first; --params and --replay are passed on.";

const belowTheLimit = (record: RunRecord | undefined): string =>
  (record?.steps.length ?? 0) >= CALM_STEPS
    ? `chaos runs at most ${CALM_STEPS} steps: give it --params or --replay with which the workflow takes fewer.`
    : "Raise it under `limits` in workflow.yaml, or give --params or --replay with which the run stays below it.";
