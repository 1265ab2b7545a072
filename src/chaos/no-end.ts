import { EXIT, UsageError } from "../core/failure.ts";
import type { RunRecord } from "./record.ts";
import type { SeenStart } from "./verdict.ts";

/** Of an undisturbed run; each of its cases may take several times as many. */
export const CALM_STEPS = 2000;

type UnendedStart = Pick<SeenStart, "exitCode" | "record" | "overdue">;

/** Why an undisturbed run has no end, and what helps. */
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
