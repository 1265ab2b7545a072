import { statSync } from "node:fs";
import { locateReplay, readReplayFile } from "../backends/replay/open-replay.ts";
import type { ReplayFile, WrittenAnswer } from "../backends/replay/schema.ts";
import type { EventOf } from "../core/event.ts";
import type { Graph } from "../graph/graph.ts";
import { readJournal } from "../store/journal-reader.ts";

/** Reads the answers that `replay` names, else those beside the workflow. @throws UsageError when it finds none it can use. */
export async function readAnswers(graph: Graph, replay: string | undefined): Promise<ReplayFile> {
  const agents = [...graph.nodes.values()].filter(({ type }) => type === "agent").map(({ id }) => id);
  if (replay === undefined && agents.length === 0) return {};
  const path = locateReplay({ workflowDir: graph.directory, from: replay });
  return statSync(path).isDirectory() ? recordedAnswers(path) : readReplayFile(path, agents);
}

/**
 * Reads the answers of an earlier run in the form of a replay file. A visit that took defaults or failed gets only
 * unusable answers, so it ends the same way again. @throws UsageError when the directory has no sound journal.
 */
function recordedAnswers(runDir: string): ReplayFile {
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
