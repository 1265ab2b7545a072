import type { Activity } from "../../process/activity-clock.ts";
import type { Compaction, CompactionReport, CompactionRequest, EndedProcess } from "../backend.ts";
import type { CompactionDialogue } from "./app-server.ts";
import { advanceDialogue, createCompactionDialogue, openingRequest } from "./app-server.ts";
import { parseCodexModel } from "./model.ts";
import type { SessionFacts } from "./session.ts";
import { findSession, markSession, readSession } from "./session.ts";

/** Compacts through `codex app-server`, because `/compact` is plain text for `codex exec`. */
export async function beginCodexCompaction(request: CompactionRequest): Promise<Compaction> {
  const { sessionId, environment } = request;
  const dialogue = createCompactionDialogue(sessionId);
  const pending: string[] = [];
  const file = await findSession(environment, sessionId);
  const mark = await markSession(file);
  return {
    command: {
      file: "codex",
      args: appServerArgs(request),
      environment: {},
      stdin: `${openingRequest()}\n`,
      stopSignal: "SIGTERM",
      files: [],
    },
    push: (line): Activity => {
      pending.push(...advanceDialogue(dialogue, line));
      return { model: dialogue.done, final: dialogue.done, openTools: 0 };
    },
    replies: () => pending.splice(0),
    finish: async (ended) => toReport({ dialogue, session: await readSession(file, mark), ended, sessionId }),
  };
}

function appServerArgs({ model, environment }: CompactionRequest): readonly string[] {
  const choice = parseCodexModel(model, environment);
  return [
    "app-server",
    "--disable",
    "unbounded_connection_retries",
    ...(choice.model === undefined ? [] : ["-c", `model=${JSON.stringify(choice.model)}`]),
  ];
}

interface EndedCompaction {
  readonly dialogue: CompactionDialogue;
  readonly session: SessionFacts;
  readonly ended: EndedProcess;
  readonly sessionId: string;
}

function toReport({ dialogue, session, ended, sessionId }: EndedCompaction): CompactionReport {
  const { error, done } = dialogue;
  return {
    compacted: dialogue.compacted,
    report: {
      cli: "codex",
      end: ended.end,
      facts: {
        turn: done && error === undefined ? "completed" : null,
        ...(error === undefined
          ? {}
          : { turn: "failed", compact_error: error.message, message: error.message }),
        ...(session.errorInfo === undefined ? {} : { error_info: session.errorInfo }),
        ...(session.httpStatus === undefined ? {} : { http_status: session.httpStatus }),
        ...(session.resetsAtMs === undefined ? {} : { resets_at_ms: session.resetsAtMs }),
        ...ended.lineFacts,
      },
      text: "",
      structured: undefined,
      sessionId,
      usage: session.usage,
      model: session.model,
      expectedModel: undefined,
      sawModelEvent: done,
      sawFinalEvent: done,
      stderrTail: ended.stderrTail,
      endedAtMs: ended.endedAtMs,
    },
  };
}
