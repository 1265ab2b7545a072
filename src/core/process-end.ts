import { z } from "zod";

/** How a process ended. One that Longhaul stopped may still have exited with a code. */
export type ProcessEnd = (
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signalled"; readonly signal: string }
  | NotStarted
) & {
  /** Why Longhaul stopped it; absent when it ended by itself. */
  readonly stoppedBy?: StoppedBy;
};

/** The operating system refused to start it. */
export interface NotStarted {
  readonly kind: "not_started";
  /** The system's error code, such as ENOENT, or ABORTED. */
  readonly code: string;
  readonly message: string;
  /** Which path does not exist, or cannot be started or entered. */
  readonly missing?: "file" | "cwd";
}

/** A clock that ran out, or our own stop. */
const stoppedBySchema = z.enum(["abort", "first-event", "silence", "turn-clock", "grace"]);
export type StoppedBy = z.infer<typeof stoppedBySchema>;

/**
 * The fields that say so in the journal and in `result.json`. Absent in runs of older versions, in replays, and when the
 * runner died before the process ended.
 */
export const processEndFields = {
  /** Null when a signal ended the process or it was never started. */
  exit_code: z.number().nullable().optional(),
  /** Null when the process exited by itself or was never started. */
  signal: z.string().nullable().optional(),
  /** Why Longhaul stopped the process; absent when it ended by itself. */
  stopped_by: stoppedBySchema.optional(),
  /** Why the operating system could not start the process, such as ENOENT. */
  os_error: z.string().optional(),
};
const processEndSchema = z.object(processEndFields);
export type ProcessEndFields = z.infer<typeof processEndSchema>;

export function toEndFields(end: ProcessEnd): ProcessEndFields {
  return {
    exit_code: end.kind === "exited" ? end.code : null,
    signal: end.kind === "signalled" ? end.signal : null,
    ...(end.stoppedBy !== undefined && { stopped_by: end.stoppedBy }),
    ...(end.kind === "not_started" && { os_error: end.code }),
  };
}

/** Undefined where the fields do not say how it ended. */
export function fromEndFields({
  exit_code,
  signal,
  stopped_by,
  os_error,
}: ProcessEndFields): ProcessEnd | undefined {
  const stopped = stopped_by === undefined ? {} : { stoppedBy: stopped_by };
  if (typeof exit_code === "number") return { kind: "exited", code: exit_code, ...stopped };
  if (typeof signal === "string") return { kind: "signalled", signal, ...stopped };
  if (os_error === undefined) return undefined;
  return { kind: "not_started", code: os_error, message: `It could not be started (${os_error}).` };
}
