import type { EventOf } from "../../core/event.ts";
import type { ReplayAnswer, ReplayAnswers } from "./answers.ts";
import { readJournal } from "../../store/journal-reader.ts";

/**
 * The answers of an earlier run: the outputs of each visit of an agent node, with the source of each key (a default stays
 * a default). A visit that failed fails again, in every attempt.
 * @throws UsageError when the directory has no sound journal.
 */
export function readRecordedRun(runDir: string): ReplayAnswers {
  const visits = new Map<number, { readonly node: string; readonly visit: number }>();
  const answers = new Map<string, ReplayAnswer>();
  readJournal({
    runDir,
    visit: (event) => {
      if (event.type === "step.started" && event.node_type === "agent") visits.set(event.step, event);
      const started = event.type === "step.finished" ? visits.get(event.step) : undefined;
      if (event.type === "step.finished" && started !== undefined) {
        answers.set(keyOf(started), recordedAnswer(event));
      }
    },
  });
  return { origin: runDir, answerTo: (question) => answers.get(keyOf(question)) };
}

const keyOf = ({ node, visit }: { readonly node: string; readonly visit: number }): string =>
  `${node}#${visit}`;

function recordedAnswer({ outputs, sources, failure }: EventOf<"step.finished">): ReplayAnswer {
  return failure !== undefined && Object.keys(outputs).length === 0
    ? { kind: "failure", failure, resetsInMs: undefined, delayMs: 0 }
    : { kind: "recorded", output: outputs, sources, delayMs: 0 };
}
