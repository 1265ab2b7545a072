import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseReplayFile } from "../backends/replay.ts";
import type { ReplayFile, WrittenAnswer } from "../backends/replay-schema.ts";
import type { EventOf } from "../core/event.ts";
import { UsageError } from "../core/failure.ts";
import type { Graph } from "../graph/graph.ts";
import { readJournal } from "../store/journal-reader.ts";

const DEFAULT_ANSWERS = "replay.yaml";

/** The answers that `replay` names, else those beside the workflow. @throws UsageError when there are none to be used. */
export async function readAnswers(graph: Graph, replay: string | undefined): Promise<ReplayFile> {
  const path = replay ?? join(graph.directory, DEFAULT_ANSWERS);
  if (existsSync(path)) {
    return statSync(path).isDirectory()
      ? recordedAnswers(path)
      : parseReplayFile(await readFile(path, "utf8"), path);
  }
  if (replay === undefined && ![...graph.nodes.values()].some(({ type }) => type === "agent")) return {};
  throw new UsageError(`There are no answers to replay: ${path} does not exist.`, {
    details: [
      `Write ${DEFAULT_ANSWERS} beside the workflow, or name a file or an earlier run with --replay.`,
    ],
  });
}

/**
 * The answers of an earlier run as a replay file has them. A visit that ended in defaults or failed is one in which every
 * answer is unusable, so that it ends so again. @throws UsageError when the directory holds no sound journal.
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
