import { formatDuration } from "../core/duration.ts";
import type { EventOf, JournalEvent } from "../core/event.ts";
import type { Failure } from "../core/failure.ts";
import { type Limits, limitsInForce } from "../core/limits.ts";
import type { RunState } from "../core/run-state.ts";
import { timeText } from "./status-lines.ts";

/** Prints plain progress: a line when a step starts and ends, and the reason of every wait. */
export function progressPrinter(say: (line: string) => void) {
  return (events: readonly JournalEvent[], state: RunState): void => {
    for (const line of progressLines(events, state)) say(line);
  };
}

/** Describes a batch of events: one entry per event that has a line, with the time of day. Pure. */
export const progressLines = (events: readonly JournalEvent[], state: RunState): readonly string[] =>
  events.flatMap((event) => {
    const line = describe(event, state);
    return line === undefined ? [] : [timedLine(event.at, line)];
  });

/** Puts the time of day before a line of progress. */
export const timedLine = (at: string, line: string): string => `${at.slice(11, 19)}  ${line}`;

/** The width of the time of day at the start of each line. */
export const TIME_INDENT = " ".repeat(10);

interface Where {
  readonly node: string;
  readonly state: RunState;
}
type Line<T extends JournalEvent["type"]> = (
  event: Extract<JournalEvent, { type: T }>,
  where: Where,
) => string | undefined;

/** Describes an event, given the state after it. Undefined for events without a line. */
export function describe(event: JournalEvent, state: RunState): string | undefined {
  // The table has exactly one entry per type, which the compiler cannot follow through the lookup.
  const line = LINES[event.type] as (event: JournalEvent, where: Where) => string | undefined;
  return line(event, { node: event.path?.at(-1) ?? "", state });
}

const silent = () => undefined;

/** How each type of event is described; undefined for no line. */
const LINES: { readonly [T in JournalEvent["type"]]: Line<T> } = {
  "run.started": (event) => `run ${event.name}-${event.run_id} started in ${event.run_dir}`,
  "run.resumed": (event, { state }) =>
    `run ${state.name}-${state.run_id} resumed in ${event.run_dir}${event.workflow.changed ? " (the workflow has changed)" : ""}`,
  "backend.changed": (event) =>
    `now driven by ${event.cli}${event.model === null ? "" : ` with ${event.model}`}`,
  "limits.changed": (event) => `limits now: ${limitsText(limitsInForce(event.limits))}`,
  "cursor.moved": (event) => `moved to ${event.node} (--${event.why})`,
  "step.started": (event) =>
    `#${event.step} ${event.node} (${event.node_type}) started${missingNote(event.missing)}`,
  "step.finished": (event) => stepFinished(event),
  "visits.exhausted": (event) => `${event.node} has had its ${event.max_visits} visits, on to ${event.next}`,
  "attempt.started": (event, { node }) =>
    event.attempt === 1
      ? undefined
      : `#${event.step} ${node}: attempt ${event.attempt} (${describeMode(event)})`,
  "attempt.failed": (event, { node }) => attemptFailed(event, node),
  // "at least": if the runner died, only the time of its last output is known.
  "attempt.interrupted": (event, { node }) =>
    `#${event.step} ${node}: attempt ${event.attempt} was cut off after at least ${formatDuration(event.ran_ms)}`,
  "compact.started": (event, { node }) => `#${event.step} ${node}: compacting the session`,
  "compact.finished": (event, { node }) =>
    event.failure && `#${event.step} ${node}: could not compact: ${event.failure.message}`,
  "wait.started": (event, { node }) =>
    `#${event.step} ${node}: waiting ${formatDuration(event.planned_ms)} (${event.for}) until ${timeText(event.until)}: ${event.why}`,
  "wait.ticked": silent, // wait-reminder.ts reports open waits
  "probe.started": silent,
  "probe.finished": (event, { node }) =>
    `#${event.step} ${node}: looked whether the cap is lifted: ${event.ok ? "yes" : "not yet"}`,
  warning: (event) => `warning: ${event.message}`,
  "run.interrupted": (event) => event.message,
  "run.stopped": (event) => runStopped(event),
  "run.finished": (event) => `reached ${event.node} (${event.outcome}), exit ${event.exit_code}`,
  "attempt.finished": silent,
  "wait.finished": silent,
};

function limitsText({ wall_clock_ms, ...limits }: Limits): string {
  const counts = Object.entries(limits).map(([name, value]) => `${name}=${value}`);
  const clock = wall_clock_ms === undefined ? [] : [`wall_clock=${formatDuration(wall_clock_ms)}`];
  return [...counts, ...clock].join(", ") || "none";
}

const missingNote = (missing: readonly string[]): string =>
  missing.length === 0 ? "" : `; missing and rendered empty: ${missing.join(", ")}`;

const describeMode = ({ mode, level }: EventOf<"attempt.started">): string =>
  level === undefined ? mode : `${mode} ${level}`;

function stepFinished(event: EventOf<"step.finished">): string {
  const defaulted =
    event.defaulted === undefined
      ? ""
      : `, DEFAULTED ${event.defaulted.join(", ")}: ${event.failure?.message ?? ""}`;
  const failed = event.failure && event.defaulted === undefined ? `, gave up: ${event.failure.message}` : "";
  return `#${event.step} ${event.node} done in ${formatDuration(event.duration_ms)} -> ${event.next}${defaulted}${failed}`;
}

function attemptFailed(event: EventOf<"attempt.failed">, node: string): string {
  const { failure } = event;
  return `#${event.step} ${node}: attempt ${event.attempt} failed after ${formatDuration(event.duration_ms)} (${failure.class}/${failure.reason}): ${failure.message}`;
}

function runStopped(event: EventOf<"run.stopped">): string {
  const lines = [`stopped (exit ${event.exit_code}): ${event.why}`, ...advice(event.failure)];
  return lines.join(`\n${TIME_INDENT}`);
}

function advice(failure: Failure | undefined): readonly string[] {
  if (failure === undefined) return [];
  const tail =
    failure.class === "script" && failure.stderr_tail
      ? failure.stderr_tail
          .trimEnd()
          .split("\n")
          .map((line) => `| ${line}`)
      : [];
  return [...tail, ...(failure.remedy === undefined ? [] : [failure.remedy])];
}
