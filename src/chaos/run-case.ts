import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReplayFile } from "../backends/replay/schema.ts";
import { EXIT } from "../core/failure.ts";
import type { Graph } from "../graph/graph.ts";
import { sweepStep } from "../process/sweep.ts";
import { runDirectoryName } from "../store/layout.ts";
import { type Disturbance, replayText } from "./answers.ts";
import type { ChaosCase, Cut } from "./case.ts";
import { readLedger, readRecord } from "./record.ts";
import { makeScratch, type Scratch, type ScriptDisturbance } from "./scratch.ts";
import { type OwnCommand, type SeenEvent, startRunner } from "./start.ts";
import type { Observation, SeenStart } from "./judge-case.ts";

/** What all cases of a workflow have in common. */
export interface Workbench {
  readonly graph: Graph;
  readonly answers: ReplayFile;
  readonly paramsFile: string;
  readonly command: OwnCommand;
  /** A run with more steps counts as endless, and a start that takes longer as hung. */
  readonly maxSteps: number;
  readonly timeLimitMs: number;
  readonly signal: AbortSignal;
}

const MAX_STARTS = 4;
const POLL_MS = 20;
/** A script that hangs is stopped after its undisturbed duration times this. */
const TIMEOUT_FACTOR = 10;
const MIN_TIMEOUT_MS = 1500;

/** Runs a case in its own directory until the workflow ends or cannot continue. Throws when `signal` aborts. */
export async function runCase(bench: Workbench, chaosCase: ChaosCase, root: string): Promise<Observation> {
  const scratch = makeScratch({ root, graph: bench.graph, ...scriptDisturbance(chaosCase) });
  writeFileSync(scratch.calmAnswers, replayText(bench.answers));
  writeFileSync(scratch.disturbedAnswers, replayText(bench.answers, answerDisturbance(chaosCase)));
  const starts: SeenStart[] = [];
  try {
    let happened = await start({ bench, scratch, starts, chaosCase });
    writeFileSync(scratch.recovered, "");
    while (canResume(starts.at(-1), starts.length)) await start({ bench, scratch, starts });
    happened &&= reachedTarget(chaosCase, starts);
    return { root, starts, ledger: readLedger(scratch.ledger), happened };
  } finally {
    const uuid = starts.at(-1)?.record?.uuid ?? runRecord(bench, scratch)?.uuid;
    if (uuid !== undefined) await sweepStep(`${uuid}/`);
  }
}

/** Runs the workflow undisturbed, in a scratch copy like every case. */
export async function runCalm(bench: Workbench, root: string): Promise<SeenStart> {
  const scratch = makeScratch({ root, graph: bench.graph });
  writeFileSync(scratch.calmAnswers, replayText(bench.answers));
  const starts: SeenStart[] = [];
  await start({ bench, scratch, starts });
  const [seen] = starts;
  if (seen === undefined) throw new Error("A start was not recorded.");
  return seen;
}

const runRecord = ({ graph }: Workbench, { runs }: Scratch) =>
  readRecord(join(runs, runDirectoryName(graph.name, "default")));

interface Start {
  readonly bench: Workbench;
  readonly scratch: Scratch;
  /** The start is appended to this list. */
  readonly starts: SeenStart[];
  /** Only the first start of a case is disturbed. */
  readonly chaosCase?: ChaosCase;
}

/** Starts the runner once. False when it ended before the planned cut. */
async function start({ bench, scratch, starts, chaosCase }: Start): Promise<boolean> {
  const { command, paramsFile, maxSteps, timeLimitMs, signal } = bench;
  const cutting = watchForCut(chaosCase, { scratch, signal });
  const end = await startRunner(
    {
      command,
      scratch,
      number: starts.length + 1,
      answers: chaosCase === undefined ? scratch.calmAnswers : scratch.disturbedAnswers,
      paramsFile,
      maxSteps,
      timeLimitMs,
      signal: chaosCase?.fault.cut?.signal ?? "SIGTERM",
      onEvent: cutting.onEvent,
    },
    cutting.signal,
  );
  cutting.stop();
  signal.throwIfAborted();
  starts.push({
    exitCode: end.kind === "exited" ? end.code : null,
    overdue: end.stoppedBy === "turn-clock",
    record: runRecord(bench, scratch),
  });
  const cut = chaosCase?.fault.cut;
  // After its last step a run may end before the kill arrives. That is fine: nothing was left to cut.
  return cut === undefined || cut.when === "finished" || cutting.signal.aborted;
}

interface CutPlace {
  readonly scratch: Scratch;
  readonly signal: AbortSignal;
}

/** Aborts when the case's cut is due, or when `signal` aborts. */
function watchForCut(chaosCase: ChaosCase | undefined, { scratch, signal }: CutPlace) {
  const now = new AbortController();
  const over = new AbortController();
  const cut = chaosCase?.fault.cut;
  const onAbort = () => now.abort();
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  const later = (delayMs: number) =>
    void sleep(delayMs, undefined, { signal: over.signal }).then(onAbort, () => undefined);
  const poll =
    cut?.when === "paused" ? setInterval(() => existsSync(scratch.paused) && onAbort(), POLL_MS) : undefined;
  return {
    signal: now.signal,
    onEvent: (event: SeenEvent) => {
      if (cut === undefined || event.step !== chaosCase?.target.step) return;
      if (event.type !== EVENTS[cut.when]) return;
      if (cut.delayMs === 0) now.abort();
      else later(cut.delayMs);
    },
    stop: () => {
      signal.removeEventListener("abort", onAbort);
      clearInterval(poll);
      over.abort();
    },
  };
}

const EVENTS: Readonly<Record<Cut["when"], string>> = {
  attempt: "attempt.started",
  finished: "step.finished",
  paused: "",
};

/** A run that was cut, waits or was not ready is started again: the injected outage is over after the first start. */
function canResume(last: SeenStart | undefined, starts: number): boolean {
  if (last === undefined || last.overdue || starts >= MAX_STARTS) return false;
  return last.exitCode === null || last.exitCode === EXIT.resumable || last.exitCode === EXIT.notReady;
}

const reachedTarget = ({ target }: ChaosCase, starts: readonly SeenStart[]): boolean =>
  starts.at(-1)?.record?.steps.some(({ step, node }) => step === target.step && node === target.node) ??
  false;

const isLasting = ({ fault: { expects } }: ChaosCase): boolean =>
  expects === "lasting" || expects === "outage";

function answerDisturbance(chaosCase: ChaosCase): Disturbance | undefined {
  const { fault, target } = chaosCase;
  const place = { node: target.node, visit: target.visit, lasting: isLasting(chaosCase) };
  if (fault.inject.kind === "long-turn") return { ...place, with: "long" };
  return fault.inject.kind === "answer" ? { ...place, with: fault.inject.answer } : undefined;
}

function scriptDisturbance(chaosCase: ChaosCase): { readonly script?: ScriptDisturbance } {
  const { fault, target } = chaosCase;
  if (fault.inject.kind !== "script") return {};
  const { act } = fault.inject;
  const timeoutMs =
    act === "hang" ? Math.max(MIN_TIMEOUT_MS, Math.round(target.durationMs * TIMEOUT_FACTOR)) : undefined;
  return {
    script: { node: target.node, step: target.step, act, lasting: isLasting(chaosCase), timeoutMs },
  };
}
