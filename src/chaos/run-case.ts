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
import type { Observation, SeenStart } from "./verdict.ts";

/** What all cases of a workflow share. */
export interface Workbench {
  readonly graph: Graph;
  readonly answers: ReplayFile;
  readonly paramsFile: string;
  readonly command: OwnCommand;
  /** Steps after which a run goes round in circles, and time after which a start hangs. */
  readonly maxSteps: number;
  readonly timeLimitMs: number;
  readonly signal: AbortSignal;
}

const MAX_STARTS = 4;
const POLL_MS = 20;
/** Longest undisturbed run of the script, times this, before a hanging one is stopped. */
const TIMEOUT_FACTOR = 10;
const MIN_TIMEOUT_MS = 1500;

/** Runs a case in its own directory until the workflow ends or will not go on. Throws when `signal` aborts. */
export async function runCase(bench: Workbench, chaosCase: ChaosCase, root: string): Promise<Observation> {
  const scratch = makeScratch({ root, graph: bench.graph, ...scriptDisturbance(chaosCase) });
  writeFileSync(scratch.calmAnswers, replayText(bench.answers));
  writeFileSync(scratch.disturbedAnswers, replayText(bench.answers, answerDisturbance(chaosCase)));
  const starts: SeenStart[] = [];
  try {
    let happened = await start({ bench, scratch, starts, chaosCase });
    writeFileSync(scratch.back, "");
    while (goesOn(starts.at(-1), starts.length)) await start({ bench, scratch, starts });
    happened &&= reachedTarget(chaosCase, starts);
    return { root, starts, ledger: readLedger(scratch.ledger), happened };
  } finally {
    const uuid = starts.at(-1)?.record?.uuid ?? runRecord(bench, scratch)?.uuid;
    if (uuid !== undefined) await sweepStep(`${uuid}/`);
  }
}

/** The undisturbed run, in a copy like every other. */
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
  /** Gets this start. */
  readonly starts: SeenStart[];
  /** Only the first start of a case is disturbed. */
  readonly chaosCase?: ChaosCase;
}

/** Starts the runner once; false when it was to be cut and ended before. */
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
  // A run whose last step has finished may be over before the kill gets there, which is as good.
  return cut === undefined || cut.when === "finished" || cutting.signal.aborted;
}

interface CutPlace {
  readonly scratch: Scratch;
  readonly signal: AbortSignal;
}

/** Aborts at the moment that the case names, or when all is stopped. */
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
    cut?.when === "held" ? setInterval(() => existsSync(scratch.held) && onAbort(), POLL_MS) : undefined;
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
  held: "",
};

/** A run that was cut, waits or is not ready is started again; its environment is back by now. */
function goesOn(last: SeenStart | undefined, starts: number): boolean {
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
