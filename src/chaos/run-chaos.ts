import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../core/failure.ts";
import type { JsonObject } from "../core/json.ts";
import { type Graph, loadGraph } from "../graph/graph.ts";
import { loadAnswerTools } from "../recovery/answer-tools.ts";
import { badAnswersFor } from "./bad-answers.ts";
import type { ChaosCase, Target } from "./case.ts";
import type { NodeTraits } from "./faults.ts";
import { CALM_STEPS, noEnd } from "./no-end.ts";
import { type Plan, planCases } from "./plan.ts";
import type { RunRecord } from "./record.ts";
import { readAnswers } from "./read-answers.ts";
import { runCalm, runCase, type Workbench } from "./run-case.ts";
import type { OwnCommand } from "./start.ts";
import { differingPlaces, leavesOf, type Undisturbed, wayOf } from "./undisturbed.ts";
import { type CaseResult, judgeCase, type SeenStart } from "./judge-case.ts";

export interface ChaosRequest {
  readonly workflow: string;
  /** The value of `--replay`. */
  readonly replay: string | undefined;
  readonly params: JsonObject;
  readonly seed: number;
  readonly maxCases: number;
  /** Only steps of these nodes; all when empty. */
  readonly only: readonly string[];
  readonly jobs: number;
  readonly keep: boolean;
  readonly command: OwnCommand;
}

/** Receives progress, for display. */
export interface ChaosProgress {
  readonly undisturbed: (run: Undisturbed) => void;
  readonly planned: (plan: Plan) => void;
  readonly finished: (chaosCase: ChaosCase, result: CaseResult) => void;
}

export interface ChaosReport {
  readonly undisturbed: Undisturbed;
  readonly plan: Plan;
  /** In the order of the plan. */
  readonly results: readonly CaseResult[];
  /** The directory of the runs, with `keep`. */
  readonly kept: string | undefined;
}

/** The two undisturbed runs start at least this far apart: commit hashes and dates then differ, and are not compared. */
const APART_MS = 1200;
const LIMIT_FACTOR = 20;
const MIN_LIMIT_MS = 60_000;
const STEP_FACTOR = 5;
const SPARE_STEPS = 50;
/** Time limit of the undisturbed runs, whose duration is not known yet. */
const CALM_LIMIT_MS = 3_600_000;

/**
 * Runs a workflow twice undisturbed, then once for each case of the plan. Each run has its own directory, which is
 * removed afterwards. When `signal` aborts, it stops and removes everything and throws the signal's reason.
 * @throws UsageError for an invalid workflow, missing answers, and a workflow that does not end when nothing goes wrong.
 */
export async function runChaos(
  request: ChaosRequest,
  progress: ChaosProgress,
  signal: AbortSignal,
): Promise<ChaosReport> {
  const graph = await loadGraph(request.workflow);
  const answers = await readAnswers(graph, request.replay);
  refuseUnknown(request.only, graph);
  const root = makeRoot();
  try {
    const paramsFile = join(root, "params.json");
    writeFileSync(paramsFile, JSON.stringify(request.params));
    const { command, keep } = request;
    const bench: Workbench = {
      graph,
      answers,
      paramsFile,
      command,
      signal,
      maxSteps: Math.min(CALM_STEPS, graph.limits.steps ?? CALM_STEPS),
      timeLimitMs: CALM_LIMIT_MS,
    };
    const undisturbed = await runUndisturbed(bench, root);
    progress.undisturbed(undisturbed);
    const plan = await planFor(request, { graph, undisturbed });
    progress.planned(plan);
    const bounded = { ...bench, ...boundsFrom(undisturbed, graph) };
    const results = await runAll({ bench: bounded, plan, undisturbed, root, request, progress });
    return { undisturbed, plan, results, kept: keep ? root : undefined };
  } finally {
    if (!request.keep) rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

function makeRoot(): string {
  try {
    return realpathSync(mkdtempSync(join(tmpdir(), "longhaul-chaos-")));
  } catch (error) {
    throw new UsageError(`Chaos cannot create its runs in the temporary directory ${tmpdir()}.`, {
      details: [String(error), "Fix that, or name another directory with TMPDIR."],
      cause: error,
    });
  }
}

function refuseUnknown(only: readonly string[], graph: Graph): void {
  const unknown = only.filter((id) => !["agent", "script"].includes(graph.nodes.get(id)?.type ?? ""));
  if (unknown.length === 0) return;
  throw new UsageError(`--only ${unknown.join(", ")}: not an agent or script of ${graph.name}.`, {
    details: [`Its agents and scripts: ${workNodes(graph).join(", ")}.`],
  });
}

const workNodes = (graph: Graph): readonly string[] =>
  [...graph.nodes.values()].filter(({ type }) => type === "agent" || type === "script").map(({ id }) => id);

/** Runs twice, to learn which values differ from run to run without any fault. */
async function runUndisturbed(
  bench: Workbench,
  root: string,
): Promise<Undisturbed & { readonly root: string }> {
  const roots = [join(root, "undisturbed"), join(root, "undisturbed-again")] as const;
  const startMs = performance.now();
  const first = ended(await runCalm(bench, roots[0]));
  const durationMs = performance.now() - startMs;
  await sleep(Math.max(0, APART_MS - durationMs), undefined, { signal: bench.signal });
  const second = ended(await runCalm(bench, roots[1]));
  if (wayOf(first.record).join() !== wayOf(second.record).join()) {
    throw new UsageError("Two undisturbed runs took different ways through the graph.", {
      details: ["Cases have nothing to be compared with: the scripts must do the same for the same answers."],
    });
  }
  const varying = new Set(
    differingPlaces(
      leavesOf({ record: first.record, root: roots[0] }),
      leavesOf({ record: second.record, root: roots[1] }),
    ),
  );
  return { ...first, varying, durationMs, root: roots[0] };
}

/** @throws UsageError when the run did not reach an end node. */
function ended({ exitCode, record, overdue }: SeenStart): {
  readonly record: RunRecord;
  readonly exitCode: number;
} {
  if (record !== undefined && record.end !== null && exitCode !== null) return { record, exitCode };
  throw noEnd({ exitCode, record, overdue });
}

interface PlanBasis {
  readonly graph: Graph;
  readonly undisturbed: Undisturbed;
}

async function planFor(
  { seed, maxCases, only }: ChaosRequest,
  { graph, undisturbed }: PlanBasis,
): Promise<Plan> {
  const tools = await loadAnswerTools();
  const traits = new Map<string, NodeTraits>();
  for (const node of graph.nodes.values()) {
    traits.set(node.id, {
      badAnswers: node.type === "agent" ? badAnswersFor(node, tools) : [],
      retries: node.type === "script" && (node.retry?.times ?? 0) > 0,
      answers: node.type === "script" && (node.outputs ?? []).length > 0,
    });
  }
  const none: NodeTraits = { badAnswers: [], retries: false, answers: false };
  const targets = targetsOf(undisturbed.record).filter(
    ({ node }) => only.length === 0 || only.includes(node),
  );
  if (targets.length === 0) throw nothingToDisturb(only);
  return planCases({ targets, traitsOf: (node) => traits.get(node) ?? none, seed, maxCases });
}

const nothingToDisturb = (only: readonly string[]): UsageError =>
  new UsageError("The undisturbed run has no step to disturb.", {
    details: [
      only.length === 0 ? "It has neither agents nor scripts." : `It never reaches ${only.join(", ")}.`,
    ],
  });

function targetsOf({ steps }: RunRecord): readonly Target[] {
  const work = steps.filter(({ type }) => type === "agent" || type === "script");
  return work.map(({ step, node, visit, type, durationMs }, index) => ({
    step,
    node,
    visit,
    durationMs,
    type: type === "agent" ? "agent" : "script",
    isLast: index === work.length - 1,
  }));
}

const boundsFrom = ({ record, durationMs }: Undisturbed, { limits }: Graph) => ({
  maxSteps: Math.min(record.steps.length * STEP_FACTOR + SPARE_STEPS, limits.steps ?? Infinity),
  timeLimitMs: Math.max(MIN_LIMIT_MS, Math.round(durationMs * LIMIT_FACTOR)),
});

interface AllCases {
  readonly bench: Workbench;
  readonly plan: Plan;
  readonly undisturbed: Undisturbed & { readonly root: string };
  readonly root: string;
  readonly request: ChaosRequest;
  readonly progress: ChaosProgress;
}

/** Runs `jobs` cases at a time. Throws the first error once the other workers are done. */
async function runAll(all: AllCases): Promise<readonly CaseResult[]> {
  const { plan, request } = all;
  const results: CaseResult[] = [];
  const waiting = plan.cases.values();
  const work = async () => {
    for (const chaosCase of waiting) results[chaosCase.number - 1] = await runOne(all, chaosCase);
  };
  const ends = await Promise.allSettled(Array.from({ length: request.jobs }, work));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return results;
}

async function runOne(
  { bench, undisturbed, root, request, progress }: AllCases,
  chaosCase: ChaosCase,
): Promise<CaseResult> {
  bench.signal.throwIfAborted();
  const caseRoot = join(root, `case-${String(chaosCase.number).padStart(4, "0")}`);
  try {
    const result = judgeCase({ chaosCase, undisturbed, seen: await runCase(bench, chaosCase, caseRoot) });
    progress.finished(chaosCase, result);
    return result;
  } finally {
    if (!request.keep) rmSync(caseRoot, { recursive: true, force: true, maxRetries: 5 });
  }
}
