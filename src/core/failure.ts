import { z } from "zod";

/**
 * The expected failures of an attempt. Only the class decides how the run recovers (docs/recovery.md); reason and
 * message are for display.
 */
const common = {
  /** One sentence: what happened and where. */
  message: z.string(),
  /** The row of the failure table that matched. */
  signal: z.string().optional(),
  /** What the user can do about it, if anything. */
  remedy: z.string().optional(),
};

export const failureSchema = z.discriminatedUnion("class", [
  z.object({
    class: z.literal("transient"),
    reason: z.enum([
      "server_error",
      "rate_limit",
      "network",
      "stream_cut",
      "no_first_event",
      "silence",
      "no_final_event",
      "not_now",
      "session_busy",
      "spawn_busy",
      "unclassified",
    ]),
    /** How long the server asks clients to wait. */
    retry_after_ms: z.number().optional(),
    ...common,
  }),
  z.object({ class: z.literal("timeout"), reason: z.literal("turn_clock"), ...common }),
  z.object({
    class: z.literal("cap"),
    reason: z.enum(["session", "weekly", "usage"]),
    /** When the cap resets, in epoch milliseconds. Absent when the CLI does not say. */
    resets_at_ms: z.number().optional(),
    ...common,
  }),
  z.object({
    class: z.literal("overflow"),
    /** `prompt`: this prompt alone is too long, so compacting the session cannot help. */
    reason: z.enum(["context", "prompt", "stuck"]),
    ...common,
  }),
  z.object({
    class: z.literal("answer"),
    reason: z.enum([
      "empty",
      "no_json",
      "missing_key",
      "schema",
      "refusal",
      "output_limit",
      "structured_output",
      "budget",
    ]),
    ...common,
  }),
  z.object({
    class: z.literal("auth"),
    reason: z.enum(["no_login", "rejected", "billing"]),
    /** The login file changed after the turn began: another run may have rotated it. */
    login_changed: z.boolean().optional(),
    ...common,
  }),
  z.object({
    class: z.literal("config"),
    reason: z.enum([
      "cli_missing",
      "bad_flag",
      "bad_config",
      "unknown_model",
      "bad_request",
      "replay",
      "template",
    ]),
    ...common,
  }),
  /** The session to continue does not exist. Its replacement by a fresh one costs no retry. */
  z.object({ class: z.literal("session_lost"), reason: z.literal("unknown_session"), ...common }),
  /** A script's own failure: a finding about the work, not about the environment. */
  z.object({
    class: z.literal("script"),
    reason: z.enum(["exit_code", "signal", "timeout", "no_json", "missing_key", "schema", "spawn"]),
    exit_code: z.number().optional(),
    /** Last lines of stderr. */
    stderr_tail: z.string().optional(),
    ...common,
  }),
]);

export type Failure = z.infer<typeof failureSchema>;
export type FailureClass = Failure["class"];

/**
 * A mistake that the user can fix: a bad flag, a broken workflow file, a run directory of another workflow.
 * Printed as message and details, never with a stack trace.
 */
export class UsageError extends Error {
  readonly exitCode: ExitCode;
  readonly details: readonly string[];

  constructor(message: string, { exitCode = EXIT.usage, details = [], cause }: UsageErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "UsageError";
    this.exitCode = exitCode;
    this.details = details;
  }
}

interface UsageErrorOptions {
  readonly exitCode?: ExitCode;
  readonly details?: readonly string[];
  readonly cause?: unknown;
}

/** Exit codes of `longhaul run`; the table is in docs/run-directory.md. */
export const EXIT = {
  terminal: 0,
  fail: 1,
  usage: 2,
  notReady: 3,
  held: 4,
  limit: 5,
  stepFailed: 6,
  defaulted: 8,
  bug: 70,
  resumable: 75,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
