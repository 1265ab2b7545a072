import type { ReportEntry, ReportLane, ReportSpan, ReportStep } from "./report-data.ts";

const MAX_SPANS = 4000;

/** Collects one lane per node, in the order of first visits. Needs little memory for any number of steps. */
export function timelineLanes(steps: Iterable<ReportStep>, totalMs: number): readonly ReportLane[] {
  const lanes = new Map<string, ReportSpan[]>();
  for (const step of steps) {
    const lane = lanes.get(step.node) ?? [];
    lanes.set(step.node, lane);
    lane.push(...spansOf(step));
  }
  const resolutionMs = totalMs / Math.max(100, MAX_SPANS / Math.max(1, lanes.size));
  return [...lanes].map(([node, spans]) => ({ node, spans: merged(spans, resolutionMs) }));
}

function spansOf(step: ReportStep): readonly ReportSpan[] {
  const end = step.startedMs + step.durationMs;
  const spans = step.entries.flatMap((entry): readonly ReportSpan[] => {
    const kind = kindOf(entry);
    if (kind === undefined) return [];
    const toMs =
      entry.durationMs === null ? Math.max(entry.startedMs, end) : entry.startedMs + entry.durationMs;
    return [{ kind, fromMs: entry.startedMs, toMs, step: step.step, count: 1 }];
  });
  if (spans.length > 0) return spans;
  return [{ kind: "ok", fromMs: step.startedMs, toMs: end, step: step.step, count: 1 }];
}

function kindOf({ kind, state }: ReportEntry): ReportSpan["kind"] | undefined {
  if (kind === "wait") return "wait";
  if (kind !== "attempt" && kind !== "compaction") return undefined;
  return state === "failed" || state === "interrupted" ? state : "ok";
}

/** Merges spans of the same kind if the gap between them is too small to see. */
function merged(spans: readonly ReportSpan[], resolutionMs: number): readonly ReportSpan[] {
  const newest = new Map<string, ReportSpan>();
  const done: ReportSpan[] = [];
  for (const span of spans) {
    const before = newest.get(span.kind);
    const joins = before !== undefined && span.fromMs - before.toMs <= resolutionMs;
    if (before !== undefined && !joins) done.push(before);
    newest.set(
      span.kind,
      joins ? { ...before, toMs: Math.max(before.toMs, span.toMs), count: before.count + span.count } : span,
    );
  }
  return [...done, ...newest.values()].toSorted((left, right) => left.fromMs - right.fromMs);
}
