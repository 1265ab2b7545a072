import { destination, pino } from "pino";
import type { Listener } from "./core/ports.ts";

export interface RunLog {
  readonly listen: Listener;
  /** Writes out what is buffered, without keeping the caller waiting; the process ends when that is done. */
  close(): void;
}

/**
 * Writes every event as one NDJSON line to `longhaul.log`: the same story as the journal, in the shape that log tools
 * expect. The file is opened at the first event, so that a start that is refused leaves nothing behind.
 */
export function openLog(file: string): RunLog {
  let opened: ReturnType<typeof open> | undefined;
  return {
    listen: (events, state) => {
      opened ??= open(file);
      for (const event of events) {
        const { type, at, ...rest } = event;
        const level = LEVELS[type] ?? "info";
        opened.logger[level]({ time: at, run: `${state.name}-${state.run_id}`, ...summary(rest) }, type);
      }
    },
    close: () => opened?.stream.end(),
  };
}

/** Quick steps seldom let the stream write; with its own 16 KiB a turn, the lines of a long run would pile up in memory. */
const MOST_BYTES_A_TURN = 256 * 1024;

function open(file: string) {
  const stream = destination({
    dest: file,
    sync: false,
    minLength: 4096,
    maxWrite: MOST_BYTES_A_TURN,
    mkdir: true,
  });
  // A log that cannot be written must not end the run; the journal is the truth and reports a failing disk itself.
  stream.on("error", () => undefined);
  const logger = pino({ base: null, timestamp: false }, stream);
  return { stream, logger };
}

const LEVELS: Readonly<Record<string, "info" | "warn" | "error">> = {
  "attempt.failed": "warn",
  "attempt.interrupted": "warn",
  "run.interrupted": "warn",
  "run.stopped": "error",
  warning: "warn",
};

/** Prompts, answers and contexts stand in the journal and the artifacts; a log line stays short. */
const LONG_FIELDS = new Set(["prompt", "task", "outputs", "context", "restored", "params", "set", "sources"]);

const summary = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => !LONG_FIELDS.has(key)));
