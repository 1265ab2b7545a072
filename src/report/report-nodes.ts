import { addUsage, type Usage } from "../core/usage.ts";
import type { StepHistory } from "../runs/run-history.ts";
import type { ReportNode, ReportStep } from "./report-data.ts";
import { reportUsageIfAny } from "./report-usage.ts";

interface NodeSums extends Omit<ReportNode, "usage"> {
  readonly usage: Usage;
}

/** Sums the steps of each node. */
export function sumNodes(): {
  readonly add: (history: StepHistory, step: ReportStep) => void;
  readonly nodes: () => readonly ReportNode[];
} {
  const sums = new Map<string, NodeSums>();
  return {
    add: (history, step) => {
      const before = sums.get(step.node) ?? { ...EMPTY, id: step.node, type: step.type };
      sums.set(step.node, added(before, history, step));
    },
    nodes: () => [...sums.values()].map((sum) => ({ ...sum, usage: reportUsageIfAny(sum.usage) })),
  };
}

const EMPTY = {
  visits: 0,
  attempts: 0,
  failedAttempts: 0,
  durationMs: 0,
  waitedMs: 0,
  defaulted: 0,
  repaired: 0,
  usage: {},
};

function added(before: NodeSums, history: StepHistory, step: ReportStep): NodeSums {
  const attempts = history.entries.filter((entry) => entry.kind === "attempt");
  return {
    ...before,
    visits: before.visits + 1,
    attempts: before.attempts + attempts.length,
    failedAttempts: before.failedAttempts + attempts.filter(({ result }) => result === "failed").length,
    durationMs: before.durationMs + step.durationMs,
    waitedMs: before.waitedMs + step.waitedMs,
    defaulted: before.defaulted + (step.outcome === "defaulted" ? 1 : 0),
    repaired: before.repaired + (step.outcome === "repaired" || step.outcome === "reframed" ? 1 : 0),
    usage: addUsage(before.usage, history.usage),
  };
}
