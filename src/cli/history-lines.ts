import { counted } from "../core/counted.ts";
import { formatDuration } from "../core/duration.ts";
import type { Usage } from "../core/usage.ts";
import type { Source } from "../core/vocabulary.ts";
import { KILLED_NOTE, type RunOverview } from "../runs/run-overview.ts";
import type { AttemptHistory, StepEntry, StepHistory, WaitHistory } from "../runs/run-history.ts";
import { defaultedText, stateWord, timeText } from "./status-lines.ts";
import { harmless, type Layout, type Style } from "./style.ts";
import { wrap } from "./text-width.ts";
import { compactCount, costText, tokensText } from "./usage-text.ts";

/** Formats the head of a run's history. Pure. */
export function headLines(run: RunOverview, { style, columns }: Layout): readonly string[] {
  const model = run.model === null ? "" : ` (${run.model})`;
  const lines = [
    `${style.strong(run.run)}  ${stateWord(run, style)}  ${run.cli}${model}`,
    run.run_dir,
    `started ${timeText(run.started_at)}, ${amountTexts(run).join(", ")}`,
    ...(limitTexts(run).length === 0 ? [] : [`limits: ${limitTexts(run).join(", ")}`]),
    ...(run.waiting === null
      ? []
      : [`waits (${run.waiting.for}) until ${timeText(run.waiting.until)}: ${harmless(run.waiting.why)}`]),
    ...(run.killed ? [KILLED_NOTE] : []),
    ...(run.stopped_by === null ? [] : [`stopped by: ${harmless(run.stopped_by)}`]),
    ...(run.defaulted.length === 0
      ? []
      : [style.attention(`defaulted: ${run.defaulted.map(defaultedText).join(", ")}`)]),
  ];
  return lines.flatMap((line) => wrap(line, { columns, indent: "  " }));
}

/** Lists the amounts, without those that are zero or unknown. */
function amountTexts({ totals, resumes }: RunOverview): readonly string[] {
  const tokens = tokensText(totals);
  const cost = costText(totals);
  return [
    counted(totals.steps, "step"),
    counted(totals.attempts, "attempt"),
    ...(tokens === "-" ? [] : [`${tokens} tokens`]),
    ...(cost === "-" ? [] : [`cost ${cost}`]),
    ...(totals.waited_s === 0 ? [] : [`waited ${formatDuration(totals.waited_s * 1000)}`]),
    ...(resumes === 0 ? [] : [counted(resumes, "resume")]),
  ];
}

function limitTexts({ limits }: RunOverview): readonly string[] {
  const { cost_usd: costUsd, tokens, wall_clock_s: seconds, steps } = limits;
  return [
    ...(costUsd === null ? [] : [costText({ cost_usd: costUsd, unpriced_turns: 0 })]),
    ...(tokens === null ? [] : [`${compactCount(tokens)} tokens`]),
    ...(seconds === null ? [] : [`${formatDuration(seconds * 1000)} from the start`]),
    ...(steps === null ? [] : [counted(steps, "step")]),
  ];
}

/** Formats a step as a small tree: its attempts and waits, then where its values come from. Pure. */
export function stepLines(step: StepHistory, { style, columns }: Layout): readonly string[] {
  const branches = [...step.entries.map((entry) => entryText(entry, style)), ...endTexts(step, style)];
  return [
    ...wrap(stepHead(step, style), { columns, indent: branches.length === 0 ? "   " : "│    " }),
    ...branches.flatMap((text, index) =>
      index === branches.length - 1
        ? wrap(`└─ ${text}`, { columns, indent: "     " })
        : wrap(`├─ ${text}`, { columns, indent: "│    " }),
    ),
  ];
}

function stepHead({ step, node, node_type, visit, started_at, end, usage }: StepHistory, style: Style) {
  const again = visit > 1 ? `, visit ${visit}` : "";
  const parts = [
    `${style.strong(`#${step} ${node}`)} (${node_type}${again})`,
    timeText(started_at),
    end === null ? style.attention("open") : formatDuration(end.duration_ms),
    ...usageParts(usage),
    ...(end === null ? [] : [`-> ${end.next}`]),
  ];
  return parts.join("  ");
}

/** Empty if nothing was used. */
function usageParts(usage: Usage): readonly string[] {
  if (Object.keys(usage).length === 0) return [];
  const amounts = amountsOf(usage);
  return [`${tokensText(amounts)} tokens`, costText(amounts)];
}

const amountsOf = (usage: Usage) => ({
  tokens: {
    input: usage.input_tokens ?? null,
    output: usage.output_tokens ?? null,
    cache_read: usage.cache_read_tokens ?? null,
    cache_write: usage.cache_write_tokens ?? null,
  },
  cost_usd: usage.cost_usd ?? null,
  unpriced_turns: usage.unpriced_turns ?? 0,
});

function entryText(entry: StepEntry, style: Style): string {
  switch (entry.kind) {
    case "attempt":
      return attemptText(entry, style);
    case "wait":
      return waitText(entry);
    case "compaction": {
      const took = entry.duration_ms === null ? "" : ` ${formatDuration(entry.duration_ms)}`;
      return `compaction${took}${entry.failure === null ? "" : `: ${harmless(entry.failure.message)}`}`;
    }
    case "probe":
      return `looked whether the cap is lifted: ${entry.ok ? "yes" : "not yet"}`;
    case "note":
      return style.faint(harmless(entry.text));
    default:
      return entry satisfies never;
  }
}

function attemptText(entry: AttemptHistory, style: Style): string {
  const how = entry.level === null ? entry.mode : `${entry.mode} ${entry.level}`;
  const took = entry.duration_ms === null ? "" : ` after ${formatDuration(entry.duration_ms)}`;
  const head = `attempt ${entry.attempt} (${how}): ${resultWord(entry, style)}${took}`;
  const { failure, usage, model } = entry;
  const why = failure === null ? "" : `: ${failure.class}/${failure.reason}: ${harmless(failure.message)}`;
  const used = usage === null ? [] : usageParts(usage);
  return [head + why, ...(model === null ? [] : [model]), ...used].join(", ");
}

function resultWord({ result }: AttemptHistory, style: Style): string {
  if (result === "finished") return style.good(result);
  return result === "failed" ? style.bad(result) : style.attention(result);
}

function waitText({ for: what, slept_ms, how, until, why }: WaitHistory): string {
  const lasted = slept_ms === null ? `until ${timeText(until)}` : formatDuration(slept_ms);
  const ended = how === null || how === "elapsed" ? "" : ` (ended by a ${how})`;
  return `wait (${what}) ${lasted}${ended}: ${harmless(why)}`;
}

function endTexts({ end }: StepHistory, style: Style): readonly string[] {
  if (end === null) return [];
  const texts = Object.entries(end.sources)
    .filter(([, source]) => isNoteworthy(source))
    .map(([key, source]) => style.attention(`${key}: ${sourceText(source)}`));
  if (end.branch) texts.push(branchText(end.branch));
  if (end.failure !== null) texts.push(style.bad(`gave up: ${harmless(end.failure.message)}`));
  return texts;
}

function branchText({ path, value, how }: NonNullable<NonNullable<StepHistory["end"]>["branch"]>): string {
  if (path === "") return harmless(how);
  return `${path} is ${harmless(JSON.stringify(value).slice(0, 80))} (${harmless(how)})`;
}

/** The plain answer of an agent or a script needs no line of its own. */
const isNoteworthy = ({ source, tainted_by }: Source): boolean =>
  !["agent", "script"].includes(source) || tainted_by.length > 0;

/** Where a value comes from: `default`, `agent, tainted by plan`. */
export const sourceText = ({ source, tainted_by }: Source): string =>
  tainted_by.length === 0 ? source : `${source}, tainted by ${tainted_by.join(", ")}`;
