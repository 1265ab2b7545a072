import type { ReplayFile, WrittenAnswer } from "../backends/replay-schema.ts";
import type { EventOf } from "../core/event.ts";
import { readJournal } from "../store/journal-reader.ts";

/**
 * The answers of an earlier run as a replay file has them. A visit that ended in defaults or failed is one in which every
 * answer is unusable, so that it ends so again. @throws UsageError when the directory holds no sound journal.
 */
export function recordedAnswers(runDir: string): ReplayFile {
  const open = new Map<number, string>();
  const answers = new Map<string, WrittenAnswer[]>();
  readJournal({
    runDir,
    visit: (event) => {
      if (event.type === "step.started" && event.node_type === "agent") open.set(event.step, event.node);
      const node = event.type === "step.finished" ? open.get(event.step) : undefined;
      if (event.type !== "step.finished" || node === undefined) return;
      answers.set(node, [...(answers.get(node) ?? []), answerOf(event)]);
    },
  });
  return Object.fromEntries(answers);
}

const UNUSABLE: WrittenAnswer = {
  failure: {
    failure: { class: "answer", reason: "refusal", message: "Unusable in the recorded run." },
    resetsInMs: undefined,
  },
};

const answerOf = ({ outputs, defaulted = [], failure }: EventOf<"step.finished">): WrittenAnswer =>
  defaulted.length > 0 || failure !== undefined ? UNUSABLE : { output: outputs };
