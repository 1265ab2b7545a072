import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../core/json.ts";
import type { ProcessRequest } from "./process-request.ts";
import type { Redactor } from "./redact.ts";
import { superviseProcess } from "./subprocess.ts";

export interface Notifier {
  /** Starts the command with the message as JSON on its stdin and returns at once. */
  notify(message: JsonObject): void;
  /** Resolves when every message was delivered or given up. */
  settled(): Promise<void>;
}

interface NotifierOptions {
  /** Its AGENT_NOTIFY_CMD runs through `sh -c`; without one, messages go nowhere. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Receives the output of the latest command. */
  readonly directory: string;
  readonly redactor: Redactor;
}

const NOTIFY_TIMEOUT_MS = 10_000;
const SILENT: Notifier = { notify: () => undefined, settled: async () => undefined };

/** Notifies the outside in bounded time. A failure changes nothing: a run must not depend on its listeners. */
export function createNotifier({ environment, directory, redactor }: NotifierOptions): Notifier {
  const command = environment["AGENT_NOTIFY_CMD"];
  if (command === undefined || command === "") return SILENT;
  const env = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const request: ProcessRequest = {
    file: "sh",
    args: ["-c", command],
    cwd: directory,
    env,
    stdoutFile: join(directory, "stdout.log"),
    stderrFile: join(directory, "stderr.log"),
    redactor,
    clocks: { turnMs: NOTIFY_TIMEOUT_MS },
    stop: { signal: "SIGTERM", to: "group" },
  };
  const deliver = async (message: JsonObject): Promise<void> => {
    mkdirSync(directory, { recursive: true });
    await superviseProcess(
      { ...request, stdin: `${JSON.stringify(message)}\n` },
      new AbortController().signal,
    );
  };
  // Messages are sent one after the other, in the order of events. An undelivered one is still in the journal.
  let last: Promise<void> = Promise.resolve();
  return {
    notify: (message) => {
      last = last.then(() => deliver(message)).catch(() => undefined);
    },
    settled: () => last,
  };
}
