import { isAbsolute, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { EventBody } from "../core/event.ts";
import { toEndFields } from "../core/process-end.ts";
import type { Failure } from "../core/failure.ts";
import { interpreterOf } from "../core/interpreters.ts";
import type { ScriptEffect } from "../engine/effect.ts";
import type { SupervisedEnd } from "../process/supervised-end.ts";
import type { Redactor } from "../process/redact.ts";
import { superviseProcess } from "../process/subprocess.ts";
import { readScriptAnswer, type Validate } from "./script-answer.ts";
import { scriptFailure, stderrOf } from "./script-failure.ts";
import { prepareFiles, syncOutput, type ScriptFiles } from "./script-files.ts";

export interface ScriptDeps {
  /** The environment of scripts: the inherited one and the workflow's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly redactor: Redactor;
  readonly validate: Validate;
}

/** At a shutdown every process gets the signal at about the same time, and ours may get it a moment later. */
const SHUTDOWN_SIGNALS: readonly string[] = ["SIGTERM", "SIGINT", "SIGHUP"];
const SHUTDOWN_PAUSE_MS = 500;

/**
 * Runs a script once. When it returns the result's events, the output is durable and every process it started is gone.
 * Throws `StorageFailure` when its output cannot be stored.
 */
export async function performScript(
  effect: ScriptEffect,
  signal: AbortSignal,
  deps: ScriptDeps,
): Promise<readonly EventBody[]> {
  const command = scriptCommand(effect);
  const files = prepareFiles(effect);
  const end = await superviseProcess(
    {
      ...command,
      cwd: effect.cwd,
      env: scriptEnvironment(effect, deps.environment),
      stdoutFile: files.stdoutFile,
      stderrFile: files.stderrFile,
      redactor: deps.redactor,
      clocks: { turnMs: effect.timeoutMs },
      stop: { signal: "SIGTERM", to: "group" },
    },
    signal,
  );
  await syncOutput(files, end);
  if (await wasInterrupted(end, signal)) return [interrupted(effect, end)];
  return [judge({ effect, deps, files, end })];
}

interface ScriptCommand {
  readonly file: string;
  readonly args: readonly string[];
}

function scriptCommand({ file, args, workflowDir }: ScriptEffect): ScriptCommand {
  const path = isAbsolute(file) ? file : join(workflowDir, file);
  const interpreter = interpreterOf(path);
  return interpreter === undefined ? { file: path, args } : { file: interpreter, args: [path, ...args] };
}

function scriptEnvironment(
  { mark, node, runDir, workspace, resumed }: ScriptEffect,
  environment: ScriptDeps["environment"],
): Record<string, string> {
  const { LONGHAUL_RESUMED: _ofAnOuterRun, ...inherited } = environment;
  return {
    ...inherited,
    LONGHAUL_STEP: mark,
    LONGHAUL_NODE: node,
    LONGHAUL_RUN_DIR: runDir,
    LONGHAUL_WORKSPACE: workspace,
    ...(resumed && { LONGHAUL_RESUMED: "1" }),
  };
}

async function wasInterrupted(end: SupervisedEnd, signal: AbortSignal): Promise<boolean> {
  if (end.stoppedBy === "abort") return true;
  const byShutdown =
    end.stoppedBy === undefined && end.kind === "signalled" && SHUTDOWN_SIGNALS.includes(end.signal);
  if (byShutdown && !signal.aborted) {
    await sleep(SHUTDOWN_PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
  return byShutdown && signal.aborted;
}

const interrupted = ({ step, attempt }: ScriptEffect, end: SupervisedEnd): EventBody => ({
  type: "attempt.interrupted",
  step,
  attempt,
  ran_ms: Math.round(end.durationMs),
  progressed: false,
  prompt_stored: false,
  session: null,
  ...toEndFields(end),
});

interface EndedAttempt {
  readonly effect: ScriptEffect;
  readonly deps: ScriptDeps;
  readonly files: ScriptFiles;
  readonly end: SupervisedEnd;
}

function judge({ effect, deps, files, end }: EndedAttempt): EventBody {
  const { step, attempt, file, timeoutMs, outputs: declared } = effect;
  const durationMs = Math.round(end.durationMs);
  const attemptResult = { step, attempt, session: null, ...toEndFields(end), duration_ms: durationMs };
  const failed = (failure: Failure): EventBody => ({ type: "attempt.failed", ...attemptResult, failure });
  const failure = scriptFailure({ script: file, end, timeoutMs });
  if (failure) return failed(failure);
  const answer = readScriptAnswer({ stdoutFile: files.stdoutFile, declared, validate: deps.validate });
  if ("outputs" in answer) {
    return { type: "attempt.finished", ...attemptResult, outputs: answer.outputs, source: "script" };
  }
  const { reason, message } = answer;
  return failed({ class: "script", reason, message: `${file} ${message}`, ...stderrOf(end) });
}
