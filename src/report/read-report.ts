import path from "node:path";
import type { JournalEvent } from "../core/event.ts";
import type { RunState } from "../core/run-state.ts";
import { VERSION } from "../core/version.ts";
import { readRun } from "../runs/read-run.ts";
import type { StepHistory } from "../runs/run-history.ts";
import { describeRun, KILLED_NOTE, knownUntilMs, type LiveFacts } from "../runs/run-overview.ts";
import { readJournal } from "../store/journal-reader.ts";
import { runLayout } from "../store/layout.ts";
import { type Journey, recordJourney } from "./read-journey.ts";
import type { ReportData, ReportStep } from "./report-data.ts";
import { sumNodes } from "./report-nodes.ts";
import { reportStep } from "./report-step.ts";
import { reportUsage } from "./report-usage.ts";
import { collectTexts } from "./step-texts.ts";
import { timelineLanes } from "./timeline.ts";

export interface RunReport {
  readonly journey: Journey;
  /** Hash of the workflow that the run used last. */
  readonly workflowHash: string;
  readonly data: Omit<ReportData, "graphNote" | "generatedMs">;
}

/** Reads everything that a report shows, from the journal and the run's holder. @throws UsageError when the journal cannot be read. */
export function readReport(runDir: string, live: LiveFacts): RunReport {
  const { state } = readRun(runDir);
  const untilMs = knownUntilMs(state, live);
  const journey = recordJourney();
  const collector = collectSteps({ runDir, untilMs });
  const pauses = collectPauses();
  readJournal({
    runDir,
    visit: (event) => {
      pauses.event(event);
      collector.event(event, journey.event(event));
    },
  });
  collector.end(journey.open());
  const totalMs = untilMs - Date.parse(state.started_at);
  return {
    journey: journey.end(state, untilMs),
    workflowHash: state.workflow.hash,
    data: {
      run: runFacts(runDir, state, live),
      version: VERSION,
      nodes: collector.nodes(),
      lanes: timelineLanes(collector.steps, totalMs),
      pauses: pauses.found,
      steps: collector.steps,
      stepsInAll: collector.steps.length,
    },
  };
}

function collectSteps({ runDir, untilMs }: { readonly runDir: string; readonly untilMs: number }) {
  const layout = runLayout(runDir);
  const steps: ReportStep[] = [];
  const sums = sumNodes();
  let texts = collectTexts("");
  const folderOf = (step: number, node: string) =>
    path.relative(runDir, layout.stepDir(step, node)).replaceAll("\\", "/");
  const add = (history: StepHistory, isOpen: boolean) => {
    const folder = folderOf(history.step, history.node);
    const step = reportStep({ history, texts: texts.texts, folder, isOpen, untilMs });
    steps.push(step);
    sums.add(history, step);
  };
  return {
    steps,
    nodes: sums.nodes,
    event: (event: JournalEvent, ended: StepHistory | undefined) => {
      if (event.type === "step.started") {
        if (ended !== undefined) add(ended, false);
        texts = collectTexts(folderOf(event.step, event.node));
        texts.event(event);
        return;
      }
      texts.event(event);
      if (ended !== undefined) add(ended, false);
    },
    end: (open: StepHistory | undefined) => {
      if (open !== undefined) add(open, true);
    },
  };
}

/** From the last event of one process to the first event of the next. */
function collectPauses() {
  const found: { fromMs: number; toMs: number }[] = [];
  let lastMs: number | undefined;
  return {
    found,
    event: (event: JournalEvent) => {
      const atMs = Date.parse(event.at);
      if (event.type === "run.resumed" && lastMs !== undefined) found.push({ fromMs: lastMs, toMs: atMs });
      lastMs = atMs;
    },
  };
}

function runFacts(runDir: string, state: RunState, live: LiveFacts): ReportData["run"] {
  const summary = describeRun(state, live.held);
  return {
    name: state.name,
    runId: state.run_id,
    uuid: state.uuid,
    directory: runDir,
    status: summary.status,
    exitCode: summary.exit_code,
    why: summary.killed ? `${KILLED_NOTE}.` : (summary.stopped_by ?? summary.waiting?.why ?? ""),
    waitsUntilMs:
      summary.waiting !== null && summary.status === "waiting" ? Date.parse(summary.waiting.until) : null,
    at: summary.terminal ?? state.cursor,
    cli: state.cli,
    model: state.model ?? "",
    startedMs: Date.parse(state.started_at),
    updatedMs: Date.parse(state.updated_at),
    untilMs: knownUntilMs(state, live),
    resumes: state.totals.resumes,
    waitedMs: state.totals.waited_ms,
    attempts: state.totals.attempts,
    usage: reportUsage(state.totals.usage),
  };
}
