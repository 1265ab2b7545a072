import { join } from "node:path";
import type { EventBody } from "../core/event.ts";
import { toEndFields } from "../core/process-end.ts";
import type { Failure } from "../core/failure.ts";
import type { SourceKind } from "../core/vocabulary.ts";
import type { Turn } from "../backends/backend.ts";
import { answerSchema } from "../backends/output-schema.ts";
import type { TurnReport } from "../backends/turn-report.ts";
import type { TurnEffect } from "../engine/effect.ts";
import { withoutSecrets } from "../process/redact.ts";
import { extractAnswer } from "../recovery/answer.ts";
import { loadAnswerTools } from "../recovery/answer-tools.ts";
import { classify, wasCutOff } from "../recovery/classify.ts";
import { writeFileAtomic } from "../store/atomic-file.ts";
import { runLayout } from "../store/layout.ts";
import type { AgentDeps, AgentProcessEnd } from "./agent-process.ts";
import { placeOf, runAgentProcess } from "./agent-process.ts";
import { loginFingerprint } from "./login-watch.ts";
import { turnWarnings } from "./turn-warnings.ts";
import { watchActivity } from "./watch-activity.ts";

/**
 * One turn of an agent: one process, one verdict. On return its stream is in the attempt's directory, and every process
 * it started is gone.
 */
export async function performTurn(
  effect: TurnEffect,
  signal: AbortSignal,
  deps: AgentDeps,
): Promise<readonly EventBody[]> {
  const { backend, environment } = deps;
  const { step, budgetUsd, outputs } = effect;
  const directory = runLayout(effect.runDir).attemptDir(step, effect.node, effect.attempt);
  const loginFiles = backend.loginFiles(environment);
  const loginBefore = loginFingerprint(loginFiles);
  const turn = await backend.beginTurn({
    ...placeOf(deps, effect),
    prompt: effect.prompt,
    session: effect.session,
    addDirs: effect.addDirs,
    effort: effect.effort,
    ...(budgetUsd !== undefined && backend.capabilities.budget && { budgetUsd }),
    outputSchema: answerSchema(outputs),
    attemptDir: directory,
  });
  const watched = watchActivity(turn, deps);
  const ended = await runAgentProcess(
    {
      command: turn.command,
      push: watched.push,
      directory,
      cwd: effect.cwd,
      marker: effect.mark,
      limits: turnLimits(effect, deps),
      launchedBefore: effect.launchedBefore,
    },
    deps,
    signal,
  );
  watched.close();
  const report = await turn.finish(ended);
  const loginChanged = () => loginFingerprint(loginFiles) !== loginBefore;
  const result = await judge({ effect, turn, report, ended, loginChanged });
  if (isUnclassified(result)) saveUnclassified({ directory, report, ended, deps });
  return [...turnWarnings({ step, report, ended }), result];
}

function turnLimits({ timeoutMs }: TurnEffect, { clocks }: AgentDeps) {
  return {
    firstEventMs: clocks.firstEventMs,
    // While a tool runs only the turn's own clock counts, because a test run may rightly be silent for long.
    idleMs: clocks.idleMs,
    turnMs: timeoutMs,
    graceAfterFinalMs: clocks.exitGraceMs,
  };
}

interface Judgement {
  readonly effect: TurnEffect;
  readonly turn: Turn;
  readonly report: TurnReport;
  readonly ended: AgentProcessEnd;
  readonly loginChanged: () => boolean;
}

async function judge(input: Judgement): Promise<EventBody> {
  const { effect, report, loginChanged } = input;
  if (wasCutOff(report)) return interrupted(input);
  const failure = classify(report);
  if (failure !== undefined) {
    const renewed = failure.class === "auth" && loginChanged();
    return failed(input, renewed ? { ...failure, login_changed: true } : failure);
  }
  const tools = await loadAnswerTools();
  const extraction = extractAnswer({
    text: report.text,
    structured: report.structured,
    outputs: tools.compile(effect.outputs),
    tools,
  });
  if ("failure" in extraction) return failed(input, extraction.failure);
  return {
    type: "attempt.finished",
    step: effect.step,
    attempt: effect.attempt,
    outputs: extraction.outputs,
    source: SOURCES[effect.ask] ?? extraction.source,
    ...turnResult(input),
  };
}

/** A reframed ask is the weaker promise, so it takes precedence over a repaired answer. */
const SOURCES: Readonly<Record<TurnEffect["ask"], SourceKind | undefined>> = {
  whole: undefined,
  corrected: "repaired",
  reframed: "reframed",
};

async function failed(input: Judgement, failure: Failure): Promise<EventBody> {
  const { effect } = input;
  const stored = failure.class !== "session_lost" && (await promptStored(input));
  return {
    type: "attempt.failed",
    step: effect.step,
    attempt: effect.attempt,
    failure,
    prompt_stored: stored,
    ...turnResult(input),
  };
}

async function interrupted(input: Judgement): Promise<EventBody> {
  const { effect, report, ended } = input;
  const { session, usage } = turnResult(input);
  return {
    type: "attempt.interrupted",
    step: effect.step,
    attempt: effect.attempt,
    ran_ms: ended.durationMs,
    progressed: report.sawModelEvent,
    prompt_stored: await promptStored(input),
    session,
    ...(usage === undefined ? {} : { usage }),
    ...toEndFields(report.end),
  };
}

const promptStored = ({ turn, report }: Judgement): Promise<boolean> => turn.promptStored(report.sessionId);

function turnResult({ effect, report, ended }: Judgement) {
  const { usage, model } = report;
  return {
    session: { number: effect.session.number, id: report.sessionId ?? effect.session.id },
    ...(usage === undefined ? {} : { usage }),
    ...(model === undefined ? {} : { model }),
    ...toEndFields(report.end),
    duration_ms: ended.durationMs,
  };
}

const isUnclassified = (event: EventBody): boolean =>
  event.type === "attempt.failed" && "reason" in event.failure && event.failure.reason === "unclassified";

interface UnclassifiedTurn extends Pick<Judgement, "report" | "ended"> {
  readonly directory: string;
  readonly deps: AgentDeps;
}

/** Saves a turn that no failure row recognizes, so that the table can grow. */
function saveUnclassified({ directory, report, ended, deps }: UnclassifiedTurn): void {
  const { cli, end, facts, stderrTail } = report;
  const content = withoutSecrets(
    { cli, end, facts, stderr_tail: stderrTail, last_lines: ended.lastLines },
    deps.redactor,
  );
  writeFileAtomic({
    path: join(directory, "unclassified.json"),
    content: `${JSON.stringify(content, null, 2)}\n`,
  });
}
