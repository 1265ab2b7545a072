import type { Failure } from "../core/failure.ts";
import type { CompactionReport } from "../backends/backend.ts";
import { backendNamed } from "../backends/table.ts";
import type { Facts, TurnReport } from "../backends/turn-report.ts";
import type { Condition, FailureRow, Verdict } from "../backends/failure-row.ts";
import { FAILURE_TABLE } from "./failure-table.ts";

/** Classifies a turn: its failure, or undefined when the CLI reports success. Pure. */
export function classify(report: TurnReport): Failure | undefined {
  const row = findRow(report);
  return row.verdict.class === "success" ? undefined : toFailure(row, row.verdict, report);
}

/** Classifies a compaction: its failure, or undefined when the session is now smaller. Pure. */
export function classifyCompaction({ compacted, report }: CompactionReport): Failure | undefined {
  if (compacted) return undefined;
  const facts = { ...report.facts, compacting: true };
  const failure = classify({ ...report, facts });
  const silent = failure === undefined || failure.class === "answer";
  if (!silent) return failure;
  const message = `${report.cli} ended the compaction without an error and without having compacted the session.`;
  const lost = failure?.reason === "output_limit" ? ` ${failure.message}` : "";
  return {
    class: "overflow",
    reason: "stuck",
    signal: `${report.cli}.compact.nothing_done`,
    message: `${message}${lost}`,
  };
}

/** The first row of the failure table that matches a turn. */
export function findRow(report: TurnReport): FailureRow {
  const facts = allFacts(report);
  const row = FAILURE_TABLE.find(
    ({ cli, when }) => (cli === "any" || cli === report.cli) && holds(when, facts),
  );
  if (row === undefined) throw new Error("The failure table's last row must take every turn.");
  return row;
}

/**
 * True when the turn was cut off rather than failed: Longhaul was stopped, or a signal from outside ended the process.
 * Such a turn uses no rung of the ladder.
 */
export function wasCutOff({ end, sawFinalEvent, facts }: TurnReport): boolean {
  if (end.stoppedBy === "abort") return true;
  if (end.stoppedBy === undefined && String(facts["terminal_reason"]).startsWith("aborted")) return true;
  if (end.stoppedBy !== undefined || sawFinalEvent) return false;
  return end.kind === "signalled" || (end.kind === "exited" && SIGNAL_EXIT_CODES.has(end.code));
}

/** The failure of a compaction or a probe that a signal from outside ended. Unlike a turn it cannot be continued. */
export const killedFromOutside = (what: string): Failure => ({
  class: "transient",
  reason: "stream_cut",
  message: `The ${what} was ended by a signal that did not come from Longhaul.`,
});

/** 128 + SIGINT, SIGKILL, SIGTERM: how wrappers, and claude itself, report the signal that ended them. */
const SIGNAL_EXIT_CODES = new Set([130, 137, 143]);

/** The facts of the report, and those derived from its process and its output. */
function allFacts(report: TurnReport): Facts {
  const { end } = report;
  return {
    ...report.facts,
    end: end.kind,
    ...(end.kind === "exited" ? { code: end.code } : {}),
    ...(end.kind === "not_started" ? { os_error: end.code } : {}),
    ...(end.stoppedBy === undefined ? {} : { stopped_by: end.stoppedBy }),
    stderr: report.stderrTail,
    text: report.text,
    answered: report.text.trim() !== "" || report.structured !== undefined,
    model_active: report.sawModelEvent,
    final: report.sawFinalEvent,
  };
}

const holds = (when: FailureRow["when"], facts: Facts): boolean =>
  Object.entries(when).every(([name, condition]) => matches(condition, facts[name]));

function matches(condition: Condition, fact: Facts[string] | undefined): boolean {
  if (condition === null || typeof condition !== "object") return fact === condition;
  if ("matches" in condition) return typeof fact === "string" && condition.matches.test(fact);
  if ("atLeast" in condition) return typeof fact === "number" && fact >= condition.atLeast;
  if ("oneOf" in condition) return condition.oneOf.some((value) => value === fact);
  return (fact !== undefined && fact !== null) === condition.present;
}

function toFailure(
  row: FailureRow,
  verdict: Exclude<Verdict, { class: "success" }>,
  report: TurnReport,
): Failure {
  const remedy = row.remedy ?? (verdict.class === "auth" ? backendNamed(report.cli)?.loginRemedy : undefined);
  const failure: Failure = {
    ...verdict,
    signal: row.id,
    message: messageFor(row, report),
    ...(remedy === undefined ? {} : { remedy }),
  };
  const resetsAtMs = report.facts["resets_at_ms"];
  return failure.class === "cap" && typeof resetsAtMs === "number"
    ? { ...failure, resets_at_ms: resetsAtMs }
    : failure;
}

const MAX_QUOTE_LENGTH = 300;

/** The row's message and, as evidence, the CLI's own message or the end of its stderr. */
function messageFor(row: FailureRow, { cli, facts, end, stderrTail }: TurnReport): string {
  const said = (facts["compacting"] === true ? facts["compact_error"] : undefined) ?? facts["message"];
  const words = typeof said === "string" && said !== "" ? said : stderrTail.trim();
  const how = end.kind === "not_started" ? ` ${end.message}` : exitNote(row, end);
  return words === ""
    ? `${cli}: ${row.message}${how}`
    : `${cli}: ${row.message}${how} It said: ${quote(words)}`;
}

function exitNote(row: FailureRow, end: TurnReport["end"]): string {
  if (row.id !== "any.unclassified" && row.id !== "any.no_final_event") return "";
  return end.kind === "exited" ? ` Exit code ${end.code}.` : "";
}

function quote(words: string): string {
  const flat = words.replace(/\s+/gu, " ").trim();
  return JSON.stringify(flat.length > MAX_QUOTE_LENGTH ? `${flat.slice(0, MAX_QUOTE_LENGTH)}…` : flat);
}
