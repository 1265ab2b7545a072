import { accessSync, constants, existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "../store/storage-failure.ts";
import { createActivityClock } from "./activity-clock.ts";
import { awaitProcessEnd } from "./await-process-end.ts";
import type { NotStarted } from "../core/process-end.ts";
import type { SupervisedEnd } from "./supervised-end.ts";
import { collectOutput } from "./process-output.ts";
import { ownMark } from "./process-table.ts";
import type { ProcessRequest } from "./process-request.ts";
import { beginPressureReadings } from "./resource-pressure.ts";
import type { Started } from "./start-process.ts";

const LAUNCH_RETRY_MS = 10_000;
const LAUNCH_PAUSE_MS = 200;

/**
 * Runs one process to its end. Redacts its output into the files, watches the clocks, and stops it when one runs out or
 * `signal` aborts. On return, every process marked with its `LONGHAUL_STEP` was killed and is gone, except those that
 * another holder of the run has started for the same step; then this process has lost the lease.
 *
 * How the process ended is a value. Throws `StorageFailure` when the output cannot be written, and whatever `onLine`
 * throws; in both cases after the process is gone.
 */
export async function superviseProcess(request: ProcessRequest, signal: AbortSignal): Promise<SupervisedEnd> {
  const startMs = performance.now();
  beginPressureReadings();
  const clock = createActivityClock(request.clocks, startMs);
  const { onLine } = request;
  const output = collectOutput({
    ...request,
    ...(onLine && { onLine: (line) => clock.note(onLine(line), performance.now()) }),
  });
  try {
    const launched = await launchPatiently(request, signal);
    if (launched.kind === "not_started") return neverRan(launched, startMs);
    return await awaitProcessEnd({ request, signal, startMs, clock, output, ...launched });
  } finally {
    output.close();
  }
}

/** Retries: a CLI that updates itself is missing or busy for a moment. */
async function launchPatiently(request: ProcessRequest, signal: AbortSignal) {
  const untilMs = performance.now() + LAUNCH_RETRY_MS;
  while (!signal.aborted) {
    const launched = await launch(request);
    if (launched.kind === "running") return launched;
    if (!mayPass(launched, request) || performance.now() > untilMs) return launched;
    await sleep(LAUNCH_PAUSE_MS);
  }
  return { kind: "not_started", code: "ABORTED", message: "stopped before it was started" } as const;
}

type Launched = Extract<Started, { kind: "running" }> | NotStarted;

async function launch(request: ProcessRequest): Promise<Launched> {
  const started = await start(request);
  return started.kind === "running" ? started : describeFailure(request, started.reason);
}

/** Loads the code that starts processes with the first one: many commands and replayed runs start none. */
async function start({ file, args, cwd, env, stdin, replies }: ProcessRequest): Promise<Started> {
  const { startProcess } = await import("./start-process.ts");
  return startProcess({
    file,
    args,
    cwd,
    env: { ...env, LONGHAUL_HOLDER: ownMark(), PWD: cwd },
    stdin: stdin === undefined && replies === undefined ? "ignore" : "pipe",
  });
}

function describeFailure({ file, cwd }: ProcessRequest, error: unknown): NotStarted {
  const message = error instanceof Error ? error.message : String(error);
  const code = errorCode(error) ?? "UNKNOWN";
  const failure = { kind: "not_started", code, message: withoutValue(message) } as const;
  if (!REFUSED_PATHS.has(code)) return failure;
  const problem = problemOfDirectory(cwd);
  if (problem !== undefined) return { ...failure, missing: "cwd", message: problem };
  if (code !== "ENOENT") return failure;
  const what =
    isAbsolute(file) && existsSync(file) ? "exists, but its interpreter does not" : "was not found";
  return { ...failure, missing: "file", message: `${file} ${what}` };
}

/** Node quotes the whole value that contains a zero byte; the message only needs to name it. */
const withoutValue = (message: string): string => message.replace(/ Received .*$/su, "");

/** The system returns these codes for the program as well as for its working directory. */
const REFUSED_PATHS: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EACCES"]);

function problemOfDirectory(path: string): string | undefined {
  try {
    accessSync(`${path}/.`, constants.X_OK);
    return undefined;
  } catch (error) {
    if (errorCode(error) === "ENOTDIR") return `${path} is not a directory`;
    return errorCode(error) === "EACCES"
      ? `the directory ${path} cannot be entered by this user`
      : `the directory ${path} does not exist`;
  }
}

const mayPass = ({ code, missing }: NotStarted, { launchedBefore }: ProcessRequest): boolean =>
  code === "ETXTBSY" || (launchedBefore === true && missing === "file");

const neverRan = (failure: NotStarted, startMs: number): SupervisedEnd => ({
  ...failure,
  ...(failure.code === "ABORTED" && { stoppedBy: "abort" }),
  durationMs: performance.now() - startMs,
  stdoutBytes: 0,
  stderrBytes: 0,
  stderrTail: "",
  silentMs: undefined,
  likelyOutOfMemory: false,
  likelyTooManyProcesses: failure.code === "EAGAIN",
  survivors: [],
});
