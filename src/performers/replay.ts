import type { Clock } from "../core/clock.ts";
import type { EventBody } from "../core/event.ts";
import type { Failure } from "../core/failure.ts";
import type { ReplayAnswer, ReplayAnswers } from "../backends/replay/answers.ts";
import type { TurnEffect } from "../engine/effect.ts";
import { extractAnswer } from "../recovery/answer.ts";
import type { Extraction } from "../recovery/answer.ts";
import { loadAnswerTools } from "../recovery/answer-tools.ts";
import { systemFiles } from "../store/files.ts";
import { runLayout } from "../store/layout.ts";

export interface ReplayDeps {
  readonly answers: ReplayAnswers;
  readonly clock: Clock;
}

/** A turn without an agent: extracts the outputs from a written or recorded answer, as from a real one. */
export async function performReplay(
  effect: TurnEffect,
  signal: AbortSignal,
  { answers, clock }: ReplayDeps,
): Promise<readonly EventBody[]> {
  const startedMs = clock.monotonic();
  const { step, node, visit, attempt, seenAttempt } = effect;
  systemFiles.makeDirectory(runLayout(effect.runDir).attemptDir(step, node, attempt));
  const answer = answers.answerTo({ node, visit, attempt: seenAttempt });
  if (answer !== undefined && answer.delayMs > 0) await clock.sleep(answer.delayMs, signal);
  const ranMs = Math.round(clock.monotonic() - startedMs);
  if (signal.aborted) return [interrupted(effect, ranMs)];
  const extraction =
    answer === undefined ? { failure: missingAnswer(effect, answers) } : await extract(answer, effect, clock);
  return [toEvent(effect, { extraction, answer, ranMs })];
}

async function extract(
  answer: ReplayAnswer,
  { outputs: declared }: TurnEffect,
  clock: Clock,
): Promise<Extraction | { readonly failure: Failure }> {
  if (answer.kind === "failure") return { failure: replayed(answer, clock) };
  const tools = await loadAnswerTools();
  const outputs = tools.compile(declared);
  return extractAnswer({
    text: answer.kind === "text" ? answer.text : "",
    structured: answer.kind === "text" ? undefined : answer.output,
    // The outputs of an earlier run are accepted unchecked, because a default need not match the schema.
    outputs:
      answer.kind === "recorded" ? outputs.map((output) => ({ ...output, check: () => undefined })) : outputs,
    tools,
  });
}

function replayed(
  { failure, resetsInMs }: Extract<ReplayAnswer, { kind: "failure" }>,
  clock: Clock,
): Failure {
  return failure.class === "cap" && resetsInMs !== undefined
    ? { ...failure, resets_at_ms: clock.now() + resetsInMs }
    : failure;
}

function missingAnswer({ node, visit, seenAttempt }: TurnEffect, { origin }: ReplayAnswers): Failure {
  return {
    class: "config",
    reason: "replay",
    signal: "replay.missing",
    message: `${origin} has no answer for node ${node}, visit ${visit}, attempt ${seenAttempt}.`,
    remedy: "Add the answer and start the same command again.",
  };
}

/** A replayed answer has no session, but the ladder needs one to continue in. */
const sessionOf = ({ session }: TurnEffect) => ({
  number: session.number,
  id: session.id ?? `replay-${session.number}`,
});

function interrupted(effect: TurnEffect, ranMs: number): EventBody {
  return {
    type: "attempt.interrupted",
    step: effect.step,
    attempt: effect.attempt,
    ran_ms: ranMs,
    progressed: false,
    prompt_stored: false,
    session: sessionOf(effect),
  };
}

interface Replayed {
  readonly extraction: Extraction | { readonly failure: Failure };
  readonly answer: ReplayAnswer | undefined;
  readonly ranMs: number;
}

function toEvent(effect: TurnEffect, { extraction, answer, ranMs }: Replayed): EventBody {
  const result = {
    step: effect.step,
    attempt: effect.attempt,
    session: sessionOf(effect),
    duration_ms: ranMs,
  };
  if ("failure" in extraction) {
    return { type: "attempt.failed", failure: extraction.failure, prompt_stored: true, ...result };
  }
  return {
    type: "attempt.finished",
    outputs: extraction.outputs,
    source: "replay",
    ...(answer?.kind === "recorded" ? { key_sources: sourcesOf(answer) } : {}),
    ...result,
  };
}

/** A step's record also names the sources of its assignments; those are computed again. */
const sourcesOf = ({ output, sources }: Extract<ReplayAnswer, { kind: "recorded" }>) =>
  Object.fromEntries(Object.entries(sources).filter(([key]) => Object.hasOwn(output, key)));
