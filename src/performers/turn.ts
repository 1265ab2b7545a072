import { join } from "node:path";
import type { TurnAction } from "../core/action.ts";
import type { EventBody } from "../core/event.ts";
import type { Failure } from "../core/failure.ts";
import type { PerformContext } from "../core/ports.ts";
import type { RunState } from "../core/run-state.ts";
import type { SourceKind } from "../core/vocabulary.ts";
import type { Turn } from "../backends/backend.ts";
import { answerSchema } from "../backends/output-schema.ts";
import type { TurnReport } from "../backends/turn-report.ts";
import type { AgentNode } from "../graph/schema.ts";
import { withoutSecrets } from "../process/redact.ts";
import { extractAnswer } from "../recovery/answer.ts";
import { loadAnswerTools } from "../recovery/answer-tools.ts";
import { classify, wasCutOff } from "../recovery/classify.ts";
import { writeFileAtomic } from "../store/atomic-file.ts";
import type { AgentDeps, AgentProcessEnd } from "./agent-process.ts";
import { placeOf, runAgentProcess } from "./agent-process.ts";
import { endFields } from "./end-fields.ts";
import { loginFingerprint } from "./login-watch.ts";
import { turnWarnings } from "./turn-warnings.ts";
import { watchActivity } from "./watch-activity.ts";

export interface TurnDeps extends AgentDeps {
  readonly node: AgentNode;
}

/**
 * One turn of an agent: one process, one verdict. Its stream is in the attempt's directory when this returns, and
 * nothing that it started is left running.
 */
export async function performTurn(
  action: TurnAction,
  { state, signal }: PerformContext,
  deps: TurnDeps,
): Promise<readonly EventBody[]> {
  const { backend, layout, node, environment } = deps;
  const directory = layout.attemptDir(action.step, action.node, action.attempt);
  const loginFiles = backend.loginFiles(environment);
  const loginBefore = loginFingerprint(loginFiles);
  const turn = await backend.beginTurn({
    ...placeOf(deps, { cwd: action.cwd, node }),
    prompt: action.prompt,
    session: action.session,
    addDirs: action.addDirs,
    effort: node.effort,
    ...(action.budgetUsd !== undefined && backend.capabilities.budget && { budgetUsd: action.budgetUsd }),
    outputSchema: answerSchema(node.outputs ?? []),
    attemptDir: directory,
  });
  const watched = watchActivity(turn, deps);
  const ended = await runAgentProcess(
    {
      command: turn.command,
      push: watched.push,
      directory,
      cwd: action.cwd,
      marker: `${state.uuid}/${action.step}`,
      limits: turnLimits(action, deps),
      launchedBefore: state.answered_before,
    },
    deps,
    signal,
  );
  watched.close();
  const report = await turn.finish(ended);
  const loginChanged = () => loginFingerprint(loginFiles) !== loginBefore;
  const result = await judge({ action, state, turn, report, ended, node, loginChanged });
  if (isUnclassified(result)) saveUnclassified({ directory, report, ended, deps });
  return [...turnWarnings({ step: action.step, report, ended }), result];
}

function turnLimits({ timeoutMs }: TurnAction, { clocks }: TurnDeps) {
  return {
    firstEventMs: clocks.firstEventMs,
    // While a tool runs only the turn's own clock counts: an honest test run may be silent for long.
    idleMs: clocks.idleMs,
    turnMs: timeoutMs,
    graceAfterFinalMs: clocks.exitGraceMs,
  };
}

interface Judgement {
  readonly action: TurnAction;
  readonly state: RunState;
  readonly turn: Turn;
  readonly report: TurnReport;
  readonly ended: AgentProcessEnd;
  readonly node: AgentNode;
  readonly loginChanged: () => boolean;
}

async function judge(input: Judgement): Promise<EventBody> {
  const { action, state, report, node, loginChanged } = input;
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
    outputs: tools.compile(node.outputs ?? []),
    tools,
  });
  if ("failure" in extraction) return failed(input, extraction.failure);
  return {
    type: "attempt.finished",
    step: action.step,
    attempt: action.attempt,
    outputs: extraction.outputs,
    source: sourceOf(action, state, extraction.source),
    ...turnResult(input),
  };
}

/** A simpler ask is the weaker promise, so it outweighs that the answer was repaired as well. */
function sourceOf({ turn }: TurnAction, { open }: RunState, extracted: "agent" | "repaired"): SourceKind {
  if (turn.mode === "reframe" || (open?.recovery.reframes ?? 0) > 0) return "reframed";
  const corrected = turn.mode === "correct" || (open?.recovery.output_retries ?? 0) > 0;
  return corrected ? "repaired" : extracted;
}

async function failed(input: Judgement, failure: Failure): Promise<EventBody> {
  const { action } = input;
  const stored = failure.class !== "session_lost" && (await promptStored(input));
  return {
    type: "attempt.failed",
    step: action.step,
    attempt: action.attempt,
    failure,
    prompt_stored: stored,
    ...turnResult(input),
  };
}

async function interrupted(input: Judgement): Promise<EventBody> {
  const { action, report, ended } = input;
  const { session, usage } = turnResult(input);
  return {
    type: "attempt.interrupted",
    step: action.step,
    attempt: action.attempt,
    ran_ms: ended.durationMs,
    progressed: report.sawModelEvent,
    prompt_stored: await promptStored(input),
    session,
    ...(usage === undefined ? {} : { usage }),
    ...endFields(report.end),
  };
}

const promptStored = ({ turn, report }: Judgement): Promise<boolean> => turn.promptStored(report.sessionId);

function turnResult({ action, report, ended }: Judgement) {
  const { usage, model } = report;
  return {
    session: { number: action.session.number, id: report.sessionId ?? action.session.id },
    ...(usage === undefined ? {} : { usage }),
    ...(model === undefined ? {} : { model }),
    ...endFields(report.end),
    duration_ms: ended.durationMs,
  };
}

const isUnclassified = (event: EventBody): boolean =>
  event.type === "attempt.failed" && "reason" in event.failure && event.failure.reason === "unclassified";

interface UnclassifiedTurn extends Pick<Judgement, "report" | "ended"> {
  readonly directory: string;
  readonly deps: TurnDeps;
}

/** What nobody could classify, kept so that the failure table can grow. */
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
