import { isAbsolute, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ScriptAction } from "../core/action.ts";
import type { EventBody } from "../core/event.ts";
import type { Failure } from "../core/failure.ts";
import { interpreterOf } from "../core/interpreters.ts";
import type { PerformContext } from "../core/ports.ts";
import type { Output } from "../graph/schema.ts";
import type { ProcessEnd } from "../process/process-end.ts";
import type { Redactor } from "../process/redact.ts";
import { superviseProcess } from "../process/subprocess.ts";
import type { RunLayout } from "../store/layout.ts";
import { endFields } from "./end-fields.ts";
import { readScriptAnswer, type Validate } from "./script-answer.ts";
import { scriptFailure, stderrOf } from "./script-failure.ts";
import { prepareFiles, syncOutput, type ScriptFiles } from "./script-files.ts";

export interface ScriptDeps {
  /** The environment of all processes of the run, with the workflow's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where relative script paths start. */
  readonly workflowDir: string;
  readonly layout: RunLayout;
  /** Outputs that the node declares. */
  readonly outputs: readonly Output[];
  readonly redactor: Redactor;
  readonly validate: Validate;
}

/** When a machine goes down its processes get the signal at about the same time; ours may come a moment later. */
const SHUTDOWN_SIGNALS: readonly string[] = ["SIGTERM", "SIGINT", "SIGHUP"];
const SHUTDOWN_PAUSE_MS = 500;

/**
 * Runs a script once. Its output is durable, and everything it started is gone, when the events of its result are
 * returned. Throws `StorageFailure` when its output cannot be kept.
 */
export async function performScript(
  action: ScriptAction,
  context: PerformContext,
  deps: ScriptDeps,
): Promise<readonly EventBody[]> {
  const command = scriptCommand(action, deps.workflowDir);
  const files = prepareFiles(action, deps.layout);
  const end = await superviseProcess(
    {
      ...command,
      cwd: action.cwd,
      env: scriptEnvironment(action, context, deps.environment),
      stdoutFile: files.stdoutFile,
      stderrFile: files.stderrFile,
      redactor: deps.redactor,
      clocks: { turnMs: action.timeoutMs },
      stop: { signal: "SIGTERM", to: "group" },
    },
    context.signal,
  );
  await syncOutput(files, end);
  if (await wasInterrupted(end, context.signal)) return [interrupted(action, end)];
  return [judge({ action, deps, files, end })];
}

interface ScriptCommand {
  readonly file: string;
  readonly args: readonly string[];
}

function scriptCommand({ file, args }: ScriptAction, workflowDir: string): ScriptCommand {
  const path = isAbsolute(file) ? file : join(workflowDir, file);
  const interpreter = interpreterOf(path);
  return interpreter === undefined ? { file: path, args } : { file: interpreter, args: [path, ...args] };
}

function scriptEnvironment(
  { step, node, resumed }: ScriptAction,
  { state }: PerformContext,
  environment: ScriptDeps["environment"],
): Record<string, string> {
  const { LONGHAUL_RESUMED: _ofAnOuterRun, ...inherited } = environment;
  return {
    ...inherited,
    LONGHAUL_STEP: `${state.uuid}/${step}`,
    LONGHAUL_NODE: node,
    LONGHAUL_RUN_DIR: state.run_dir,
    LONGHAUL_WORKSPACE: state.workspace,
    ...(resumed && { LONGHAUL_RESUMED: "1" }),
  };
}

async function wasInterrupted(end: ProcessEnd, signal: AbortSignal): Promise<boolean> {
  if (end.stoppedBy === "abort") return true;
  const byShutdown =
    end.stoppedBy === "none" && end.kind === "signalled" && SHUTDOWN_SIGNALS.includes(end.signal);
  if (byShutdown && !signal.aborted) {
    await sleep(SHUTDOWN_PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
  return byShutdown && signal.aborted;
}

const interrupted = ({ step, attempt }: ScriptAction, end: ProcessEnd): EventBody => ({
  type: "attempt.interrupted",
  step,
  attempt,
  ran_ms: Math.round(end.durationMs),
  progressed: false,
  prompt_stored: false,
  session: null,
  ...endFields(end),
});

interface EndedAttempt {
  readonly action: ScriptAction;
  readonly deps: ScriptDeps;
  readonly files: ScriptFiles;
  readonly end: ProcessEnd;
}

function judge({ action, deps, files, end }: EndedAttempt): EventBody {
  const { step, attempt, file, timeoutMs } = action;
  const durationMs = Math.round(end.durationMs);
  const attemptResult = { step, attempt, session: null, ...endFields(end), duration_ms: durationMs };
  const failed = (failure: Failure): EventBody => ({ type: "attempt.failed", ...attemptResult, failure });
  const failure = scriptFailure({ script: file, end, timeoutMs });
  if (failure) return failed(failure);
  const { outputs: declared, validate } = deps;
  const answer = readScriptAnswer({ stdoutFile: files.stdoutFile, declared, validate });
  if ("outputs" in answer) {
    return { type: "attempt.finished", ...attemptResult, outputs: answer.outputs, source: "script" };
  }
  const { reason, message } = answer;
  return failed({ class: "script", reason, message: `${file} ${message}`, ...stderrOf(end) });
}
