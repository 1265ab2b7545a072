import { dirname } from "node:path";
import type { ActivityClock } from "./activity-clock.ts";
import type { ProcessEnd, StoppedBy } from "../core/process-end.ts";
import type { SupervisedEnd } from "./supervised-end.ts";
import type { ProcessOutput } from "./process-output.ts";
import type { ProcessRequest } from "./process-request.ts";
import { ownMark } from "./process-table.ts";
import { identifyProcess, recordProcess } from "./recorded-process.ts";
import { pressureSinceLastReading } from "./resource-pressure.ts";
import type { RunningProcess } from "./start-process.ts";
import { dieFirst, stopGroup } from "./stop.ts";
import { type SweepReport, sweepStep } from "./sweep.ts";
import { watchClock } from "./watch-clock.ts";

export interface ProcessRun {
  readonly request: ProcessRequest;
  readonly signal: AbortSignal;
  readonly startMs: number;
  readonly clock: ActivityClock;
  readonly output: ProcessOutput;
  readonly subprocess: RunningProcess;
  readonly pid: number;
}

/** Once every known process is dead: how long the output may stay open without a byte. */
const DRAIN_PAUSE_MS = 1000;
/** How long to wait for the exit after SIGKILL. Only a process stuck in the kernel takes that long. */
const GIVE_UP_MS = 1000;

/** Waits until a started process has ended and nothing of its step is left, and describes how it ended. */
export async function awaitProcessEnd(run: ProcessRun): Promise<SupervisedEnd> {
  const { request, pid } = run;
  dieFirst(pid);
  const record = identifyProcess(pid, request.file);
  const ending = superviseEnding(run);
  ending.stopOnThrow(() => recordProcess(dirname(request.stdoutFile), record));
  const closing = trackClose(run.subprocess);
  const outcome = await ending.outcome;
  const sweep = await sweepStep(request.env["LONGHAUL_STEP"], {
    startedBy: { pid, started: record.pid_started, runMs: performance.now() - run.startMs },
    holder: ownMark(),
  });
  if (!closing.isClosed()) await drain(run, closing.closed);
  ending.stopOnThrow(() => run.output.finish());
  ending.throwProblem();
  return describeEnd({ run, outcome, stoppedBy: ending.stoppedBy(), sweep });
}

/** Watches clocks and signal while the process runs, and stops it when one of them is due. Reports how it ended. */
function superviseEnding(run: ProcessRun) {
  const { request, signal, subprocess, pid } = run;
  const exit = trackExit(subprocess);
  let stoppedBy: StoppedBy | undefined;
  let stopping: Promise<void> | undefined;
  let problem: { readonly error: unknown } | undefined;

  function stop(reason: StoppedBy): void {
    if (stopping) return;
    stoppedBy = reason;
    stopping = stopGroup(pid, request.stop);
    void stopping.then(() => setTimeout(exit.giveUp, GIVE_UP_MS).unref());
  }
  const onAbort = () => stop("abort");
  const stopOnThrow = (action: () => void) => {
    if (problem) return; // after the first problem, output is only drained
    try {
      action();
    } catch (error) {
      problem = { error };
      stop("abort");
    }
  };

  const watch = watchClock(run.clock, stop);
  connectStreams({ run, stopOnThrow, onOutput: () => watch.check() });
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  const outcome = exit.outcome.then(async (ended) => {
    watch.end();
    signal.removeEventListener("abort", onAbort);
    await stopping;
    return ended;
  });
  return {
    outcome,
    stoppedBy: () => stoppedBy,
    stopOnThrow,
    throwProblem() {
      if (problem) throw problem.error;
    },
  };
}

/** The exit of the process. `giveUp` stops waiting for a process that even SIGKILL does not end. */
function trackExit(subprocess: RunningProcess) {
  let giveUp: (() => void) | undefined;
  const outcome = new Promise<Ended>((resolve) => {
    subprocess.once("exit", (code, signal) => {
      resolve(code === null ? { kind: "signalled", signal: signal ?? "SIGKILL" } : { kind: "exited", code });
    });
    giveUp = () => resolve({ kind: "signalled", signal: "SIGKILL" });
  });
  return { outcome, giveUp: () => giveUp?.() };
}

/** Resolves when the process is gone and both its streams were read to the end. */
function trackClose(subprocess: RunningProcess) {
  let isClosed = false;
  const closed = new Promise<void>((resolve) => {
    subprocess.once("close", () => {
      isClosed = true;
      resolve();
    });
  });
  return { closed, isClosed: () => isClosed };
}

interface StreamConnection {
  readonly run: ProcessRun;
  readonly stopOnThrow: (action: () => void) => void;
  readonly onOutput: () => void;
}

/** A handler returns only when its chunk is written. So the process waits for the disk, and memory does not fill up. */
function connectStreams({ run, stopOnThrow, onOutput }: StreamConnection): void {
  const { subprocess, output, request } = run;
  subprocess.stdout.on("data", (chunk: Buffer) =>
    stopOnThrow(() => {
      output.stdout.write(chunk);
      reply(run);
      onOutput();
    }),
  );
  subprocess.stderr.on("data", (chunk: Buffer) => stopOnThrow(() => output.stderr.write(chunk)));
  for (const stream of [subprocess.stdout, subprocess.stderr])
    stream.on("error", (error) =>
      stopOnThrow(() => {
        throw error; // output that cannot be read is lost
      }),
    );
  const { stdin } = subprocess;
  if (stdin === null) return;
  stdin.on("error", () => {}); // a program may close its stdin early; how it ends says more
  if (request.stdin !== undefined) stdin.write(request.stdin);
  if (request.replies === undefined) stdin.end();
}

function reply({ subprocess, request, clock }: ProcessRun): void {
  const { stdin } = subprocess;
  if (request.replies === undefined || !stdin?.writable) return;
  for (const line of request.replies()) stdin.write(`${line}\n`);
  if (clock.next().reason === "grace") stdin.end();
}

/** Reads the remaining output. Does not wait for a process outside the step that keeps the pipes open. */
async function drain({ subprocess, output }: ProcessRun, closed: Promise<void>): Promise<void> {
  const received = () => output.stdout.sizeBytes() + output.stderr.sizeBytes();
  for (let before = -1; received() > before;) {
    before = received();
    if (await isDoneWithin(closed, DRAIN_PAUSE_MS)) return;
  }
  subprocess.stdout.destroy();
  subprocess.stderr.destroy();
}

/** Clears its timer. Aborting a timer would create an error with a stack at the end of every step. */
async function isDoneWithin(done: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const isDone = await Promise.race([done.then(() => true), late]);
  clearTimeout(timer);
  return isDone;
}

/** How a process that was started ended. */
type Ended = Exclude<ProcessEnd, { kind: "not_started" }>;

interface EndFacts {
  readonly run: ProcessRun;
  readonly outcome: Ended;
  readonly stoppedBy: StoppedBy | undefined;
  readonly sweep: SweepReport;
}

function describeEnd({ run, outcome, stoppedBy, sweep }: EndFacts): SupervisedEnd {
  const { output, clock, startMs } = run;
  const nowMs = performance.now();
  const lastMs = clock.lastActivityMs();
  const durationMs = nowMs - startMs;
  const wentWell = outcome.kind === "exited" && outcome.code === 0;
  const { oomKills, refusedForks } =
    wentWell && durationMs < NEGLIGIBLE_RUN_MS ? NO_PRESSURE : pressureSinceLastReading();
  const stderrTail = output.stderrTail();
  return {
    ...outcome,
    ...(stoppedBy !== undefined && { stoppedBy }),
    durationMs,
    stdoutBytes: output.stdout.sizeBytes(),
    stderrBytes: output.stderr.sizeBytes(),
    stderrTail,
    silentMs: lastMs === undefined ? undefined : nowMs - lastMs,
    likelyOutOfMemory: oomKills > 0 || (stoppedBy === undefined && isForeignKill(outcome)),
    likelyTooManyProcesses: refusedForks > 0 || REFUSED_FORK.test(stderrTail),
    survivors: sweep.survivors,
  };
}

/** Shorter runs that went well take no pressure reading, because it would cost too much. */
const NEGLIGIBLE_RUN_MS = 100;
const NO_PRESSURE = { oomKills: 0, refusedForks: 0 } as const;
const REFUSED_FORK =
  /fork.*: Resource temporarily unavailable|can't start new thread|pthread_create.*EAGAIN|spawn.* EAGAIN/;

/** SIGKILL, or the exit code that a shell returns when its command got one. */
const isForeignKill = (outcome: Ended): boolean =>
  outcome.kind === "signalled" ? outcome.signal === "SIGKILL" : outcome.code === 137;
