import { pino } from "pino";
import type { Listener } from "./core/ports.ts";
import { type LineFile, openLineFile } from "./store/line-file.ts";

export interface RunLog extends Pick<LineFile, "close"> {
  readonly listen: Listener;
}

/**
 * Writes every event as one NDJSON line to `longhaul.log`: the journal's events in the form that log tools expect. Opens
 * the file at the first event, so a refused start leaves no file.
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
    close: async () => opened?.lines.close(),
  };
}

function open(file: string) {
  const lines = openLineFile(file);
  const logger = pino({ base: null, timestamp: false }, lines);
  return { lines, logger };
}

const LEVELS: Readonly<Record<string, "info" | "warn" | "error">> = {
  "attempt.failed": "warn",
  "attempt.interrupted": "warn",
  "run.interrupted": "warn",
  "run.stopped": "error",
  warning: "warn",
};

/** Fields that would make log lines long. The journal and the artifacts have them. */
const LONG_FIELDS = new Set(["prompt", "task", "outputs", "context", "restored", "params", "set", "sources"]);

function summary(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const short: Record<string, unknown> = {};
  for (const key in fields) if (!LONG_FIELDS.has(key)) short[key] = fields[key];
  return short;
}
