import type { Failure } from "../core/failure.ts";
import type { AttemptHistory, StepEntry, StepHistory } from "../runs/run-history.ts";
import { beginning } from "./escape.ts";
import type { Outcome, ReportEntry, ReportStep } from "./report-data.ts";
import { reportUsageIfAny } from "./report-usage.ts";
import type { StepTexts } from "./step-texts.ts";

interface StepInput {
  readonly history: StepHistory;
  readonly texts: StepTexts;
  readonly folder: string;
  /** True if the step is open; false if the run was moved away from it. */
  readonly isOpen: boolean;
  /** The last time at which the run is known to have been running. */
  readonly untilMs: number;
}

/** Makes the page's data of one step. */
export function reportStep({ history, texts, folder, isOpen, untilMs }: StepInput): ReportStep {
  const { end, entries } = history;
  const startedMs = Date.parse(history.started_at);
  return {
    step: history.step,
    node: history.node,
    type: history.node_type,
    visit: history.visit,
    startedMs,
    durationMs:
      end?.duration_ms ?? (isOpen ? untilMs - startedMs : lastSeenMs(entries, startedMs) - startedMs),
    waitedMs: history.waited_ms,
    outcome: outcomeOf(history, isOpen),
    defaulted: end?.defaulted ?? [],
    tainted: [...new Set(Object.values(end?.sources ?? {}).flatMap((source) => source.tainted_by))],
    next: end?.next ?? "",
    reason: reasonOf(history),
    usage: reportUsageIfAny(history.usage),
    command: texts.command,
    output: texts.output,
    entries: entries.map((entry) => reportEntry(entry, texts)),
    entriesLeftOut: 0,
    folder,
  };
}

/** Judges by the sources of the values. In a replayed run the sources say nothing, so the mode of the last attempt counts. */
function outcomeOf({ end, entries }: StepHistory, isOpen: boolean): Outcome {
  if (end === null) return isOpen ? "open" : "dropped";
  if (end.defaulted.length > 0) return "defaulted";
  if (end.failure !== null) return "failed";
  const sources = new Set(Object.values(end.sources).map(({ source }) => source));
  if (sources.has("default")) return "defaulted";
  const mode = entries.findLast((entry) => entry.kind === "attempt")?.mode;
  if (sources.has("reframed") || mode === "reframe") return "reframed";
  return sources.has("repaired") || mode === "correct" ? "repaired" : "genuine";
}

/** Says which branch was taken, why the step failed, or what had to be repaired. */
function reasonOf({ end, entries }: StepHistory): string {
  const failures = entries.flatMap((entry) => (entry.kind === "attempt" ? (entry.failure ?? []) : []));
  const last = failures.at(-1);
  if (end === null) return last === undefined ? "" : failureText(last);
  if (end.failure !== null) return failureText(end.failure);
  if (!end.branch) return last === undefined ? "" : `after ${failureText(last)}`;
  const { path, value, how } = end.branch;
  const what = path === "" ? "" : `${path} = ${beginning(JSON.stringify(value) ?? "", SHORT)}: `;
  return `${what}${beginning(how, SHORT)}`;
}

const SHORT = 200;
const LONGEST_DETAIL = 2000;

const failureText = ({ class: name, reason, message, remedy }: Failure): string =>
  beginning(`${name}/${reason}: ${message}${remedy === undefined ? "" : ` ${remedy}`}`, LONGEST_DETAIL);

const lastSeenMs = (entries: readonly StepEntry[], startedMs: number): number =>
  Math.max(startedMs, ...entries.slice(-1).map(startOf));

const startOf = (entry: StepEntry): number => Date.parse("at" in entry ? entry.at : entry.started_at);

const NOTHING = { detail: "", usage: null, prompt: null, answer: null } as const;

function reportEntry(entry: StepEntry, texts: StepTexts): ReportEntry {
  const common = { ...NOTHING, kind: entry.kind, startedMs: startOf(entry) };
  switch (entry.kind) {
    case "attempt":
      return { ...common, ...attemptEntry(entry, texts) };
    case "wait":
      return {
        ...common,
        title: `wait (${entry.for})`,
        state: "wait",
        durationMs: entry.slept_ms,
        detail: [
          beginning(entry.why, LONGEST_DETAIL),
          ...(entry.how === null ? [] : [`ended: ${entry.how}`]),
        ].join(" · "),
      };
    case "compaction":
      return {
        ...common,
        title: "compaction",
        state: entry.duration_ms === null ? "open" : entry.failure === null ? "ok" : "failed",
        durationMs: entry.duration_ms,
        detail: entry.failure === null ? "" : failureText(entry.failure),
      };
    case "probe":
      return { ...common, title: "probe", state: entry.ok ? "ok" : "failed", durationMs: null };
    case "note":
      return {
        ...common,
        title: "note",
        state: "note",
        durationMs: null,
        detail: beginning(entry.text, LONGEST_DETAIL),
      };
    default:
      return entry satisfies never;
  }
}

const STATES = { running: "open", finished: "ok", failed: "failed", interrupted: "interrupted" } as const;

const attemptEntry = (entry: AttemptHistory, texts: StepTexts) => ({
  title: `attempt ${entry.attempt} · ${entry.mode}${entry.level === null ? "" : ` ${entry.level}`}`,
  state: STATES[entry.result],
  durationMs: entry.duration_ms,
  detail: [
    ...(entry.failure === null ? [] : [failureText(entry.failure)]),
    ...(entry.model === null ? [] : [`model ${entry.model}`]),
  ].join(" · "),
  usage: entry.usage === null ? null : reportUsageIfAny(entry.usage),
  prompt: texts.prompts.get(entry.attempt) ?? null,
  answer: texts.answers.get(entry.attempt) ?? null,
});
