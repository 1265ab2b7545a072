import { formatDuration } from "../core/duration.ts";
import { KILLED_NOTE, type RunOverview, type UnreadableRun } from "../runs/run-overview.ts";
import { alignColumns, fitsColumns } from "./columns.ts";
import { harmless, type Layout, type Style } from "./style.ts";
import { fit, wrap } from "./text-width.ts";
import { costText, tokensText } from "./usage-text.ts";

const HEADER = ["RUN", "STATE", "AT", "SINCE", "STEPS", "TOKENS", "COST"];

interface Shown extends Layout {
  readonly nowMs: number;
}

const NOTE_INDENT = "    ";

/** Formats a table of runs, with notes about its state below each run. Pure. */
export function statusLines(runs: readonly (RunOverview | UnreadableRun)[], shown: Shown): readonly string[] {
  const { style, columns } = shown;
  const [header = "", ...lines] = alignColumns(fittingRows(runs, shown), columns);
  const withNotes = lines.flatMap((line, index) => {
    const run = runs[index];
    const notes = run === undefined ? [] : notesOf(run, shown);
    return [
      line,
      ...notes.flatMap((note) => wrap(`${NOTE_INDENT}${note}`, { columns, indent: NOTE_INDENT })),
    ];
  });
  return [style.faint(header), ...withNotes];
}

/** Returns the full rows, or, if they do not fit, rows with shorter cells. */
function fittingRows(
  runs: readonly (RunOverview | UnreadableRun)[],
  shown: Shown,
): readonly (readonly string[])[] {
  const rowsOf = (isNarrow: boolean) => [
    HEADER,
    ...runs.map((run) =>
      run.kind === "run" ? runRow(run, shown, isNarrow) : [run.run, shown.style.bad("unreadable")],
    ),
  ];
  const full = rowsOf(false);
  return fitsColumns(full, shown.columns) ? full : rowsOf(true);
}

/** Maximum width of a node's name on a narrow terminal. */
const NARROW_WHERE = 16;

function runRow(run: RunOverview, { nowMs, style }: Shown, isNarrow: boolean): readonly string[] {
  const age = formatDuration(Math.max(0, nowMs - Date.parse(run.since)));
  return [
    run.run,
    stateWord(run, style),
    isNarrow ? whereText(run, NARROW_WHERE) : whereText(run),
    isNarrow ? `${age} ago` : `${timeText(run.since)} (${age})`,
    String(run.totals.steps),
    tokensText(run.totals),
    costText(run.totals),
  ];
}

/** The state in a word or two. */
export function stateWord({ status, killed, exit_code }: RunOverview, style: Style): string {
  switch (status) {
    case "running":
      return style.good("running");
    case "waiting":
      return style.attention("waiting");
    case "interrupted":
      return style.attention(killed ? "interrupted (killed)" : "interrupted");
    case "stopped":
      return style.bad(`stopped (${exit_code ?? "?"})`);
    case "finished":
      return exit_code === 0 ? style.good("finished (0)") : style.attention(`finished (${exit_code ?? "?"})`);
    default:
      return status satisfies never;
  }
}

/** The number of a step is never cut off. */
function whereText({ current_step, terminal }: RunOverview, columns = Infinity): string {
  if (terminal !== null) return fit(terminal, columns);
  if (current_step === null) return "-";
  const number = ` #${current_step.step}`;
  return `${fit(current_step.node, columns - number.length)}${number}`;
}

function notesOf(run: RunOverview | UnreadableRun, { nowMs, style }: Shown): readonly string[] {
  if (run.kind === "unreadable") return [run.problem];
  const notes: string[] = [];
  if (run.waiting !== null) {
    const leftMs = Date.parse(run.waiting.until) - nowMs;
    const left = leftMs > 0 ? `${formatDuration(leftMs)} left` : "due";
    notes.push(
      `waits (${run.waiting.for}) until ${timeText(run.waiting.until)}, ${left}: ${harmless(run.waiting.why)}`,
    );
  }
  if (run.killed) notes.push(KILLED_NOTE);
  if (run.status === "stopped" && run.stopped_by !== null) notes.push(harmless(run.stopped_by));
  if (run.defaulted.length > 0)
    notes.push(style.attention(`defaulted: ${run.defaulted.map(defaultedText).join(", ")}`));
  return notes;
}

/** `plan #1 (plan, tasks; 7 times)`. */
export const defaultedText = ({ node, step, keys, times = 1 }: RunOverview["defaulted"][number]): string =>
  `${node} #${step} (${keys.join(", ")}${times === 1 ? "" : `; ${times} times`})`;

/** `2026-03-01 10:00:00Z`: one zone for all runs and logs. */
export const timeText = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 19)}Z`;
