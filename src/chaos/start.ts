import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { SupervisedEnd } from "../process/supervised-end.ts";
import { createRedactor } from "../process/redact.ts";
import { superviseProcess } from "../process/subprocess.ts";
import type { Scratch } from "./scratch.ts";

/** The command line that starts this same program. */
export interface OwnCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface StartRequest {
  readonly command: OwnCommand;
  readonly scratch: Scratch;
  /** From 1; names the folder of its output. */
  readonly number: number;
  readonly answers: string;
  readonly paramsFile: string;
  readonly maxSteps: number;
  readonly timeLimitMs: number;
  /** The signal that `cut` sends. */
  readonly signal: "SIGKILL" | "SIGTERM";
  readonly onEvent?: (event: SeenEvent) => void;
}

const seenEventSchema = z.looseObject({ type: z.string(), step: z.number().optional() });
export type SeenEvent = z.infer<typeof seenEventSchema>;

/** Shortens the waits. */
const CLOCKS: Readonly<Record<string, string>> = {
  AGENT_INVOKE_BACKOFF_BASE_S: "0.01",
  AGENT_INVOKE_BACKOFF_CAP_S: "0.05",
  AGENT_CAP_WAIT_MARGIN_S: "0",
};
/** Cases send no notifications, and must not take themselves for a step of a run that called `chaos`. */
const NOT_PASSED_ON = ["AGENT_NOTIFY_CMD", "LONGHAUL_START_ID", "LONGHAUL_STEP", "LONGHAUL_RESUMED"];

const QUIET = { model: false, final: false, openTools: 0 } as const;

/** Starts or resumes the run of a case as a real process in its own process group. `cut` ends it early. */
export async function startRunner(request: StartRequest, cut: AbortSignal): Promise<SupervisedEnd> {
  const { command, scratch, number, signal, timeLimitMs, onEvent } = request;
  const output = join(scratch.root, "starts", String(number));
  mkdirSync(output, { recursive: true });
  return superviseProcess(
    {
      file: command.file,
      args: [...command.args, ...runArguments(request)],
      cwd: scratch.root,
      env: environmentOf(command),
      stdoutFile: join(output, "stdout.log"),
      stderrFile: join(output, "stderr.log"),
      redactor: createRedactor([]),
      onLine: ({ text, truncated }) => {
        const event = truncated ? undefined : parseEvent(text);
        if (event !== undefined) onEvent?.(event);
        return QUIET;
      },
      clocks: { turnMs: timeLimitMs },
      stop: { signal, to: "group" },
    },
    cut,
  );
}

const runArguments = ({ scratch, answers, paramsFile, maxSteps }: StartRequest): readonly string[] => [
  "run",
  scratch.workflow,
  "--cli",
  "replay",
  "--replay",
  answers,
  "--runs-dir",
  scratch.runs,
  "--workspace",
  scratch.workspace,
  "--params-file",
  paramsFile,
  "--limit",
  `steps=${maxSteps}`,
  "--no-wait",
  "--json",
];

function environmentOf({ environment }: OwnCommand): Record<string, string> {
  const passed = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !NOT_PASSED_ON.includes(entry[0]),
  );
  return { ...Object.fromEntries(passed), ...CLOCKS };
}

function parseEvent(text: string): SeenEvent | undefined {
  try {
    return seenEventSchema.parse(JSON.parse(text));
  } catch {
    return undefined; // not an event
  }
}
