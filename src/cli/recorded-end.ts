import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { z } from "zod";
import {
  fromEndFields,
  type ProcessEnd,
  type ProcessEndFields,
  processEndFields,
  type StoppedBy,
} from "../core/process-end.ts";
import { UsageError } from "../core/failure.ts";

export interface EndFlags {
  readonly exitCode?: string;
  readonly signal?: string;
  readonly stoppedBy?: string;
}

/**
 * Returns how the process of a recorded stream ended: from the flags, else from the attempt's `result.json` beside the
 * stream, else exit code 0.
 * @throws UsageError for an invalid flag, or a `result.json` that cannot be read.
 */
export function readEnd(flags: EndFlags, streamFile: string | undefined): ProcessEnd {
  const given = endInFlags(flags);
  const recorded = given === undefined && streamFile !== undefined ? endBeside(streamFile) : undefined;
  const end = given ?? recorded ?? { kind: "exited", code: 0 };
  return flags.stoppedBy === undefined ? end : { ...end, stoppedBy: readStoppedBy(flags.stoppedBy) };
}

function endInFlags({ exitCode, signal }: EndFlags): ProcessEnd | undefined {
  if (exitCode !== undefined && signal !== undefined)
    throw new UsageError("--exit-code and --signal exclude each other: a process ends in one way.");
  if (signal !== undefined) return { kind: "signalled", signal: readSignal(signal) };
  if (exitCode === undefined) return undefined;
  if (!/^\d{1,3}$/.test(exitCode)) throw new UsageError(`--exit-code ${exitCode} is not an exit code.`);
  return { kind: "exited", code: Number(exitCode) };
}

function readSignal(name: string): string {
  const signal = name.startsWith("SIG") ? name : `SIG${name}`;
  if (Object.hasOwn(constants.signals, signal)) return signal;
  throw new UsageError(`--signal ${name} is not a signal.`, { details: ["Give a name such as SIGKILL."] });
}

const stoppedBySchema = processEndFields.stopped_by.unwrap();

function readStoppedBy(name: string): StoppedBy {
  const parsed = stoppedBySchema.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new UsageError(`--stopped-by ${name} is not one of Longhaul's reasons to stop a turn.`, {
    details: [`Give one of ${stoppedBySchema.options.join(", ")}.`],
  });
}

/** Undefined without a `result.json`, or if an older version wrote it, which did not record the end. */
function endBeside(streamFile: string): ProcessEnd | undefined {
  const file = path.join(path.dirname(streamFile), "result.json");
  if (!existsSync(file)) return undefined;
  return fromEndFields(readFields(file));
}

function readFields(file: string): ProcessEndFields {
  try {
    return z.object(processEndFields).parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new UsageError(`${file} does not say how the process ended.`, {
      details: ["Give --exit-code or --signal."],
      cause,
    });
  }
}
