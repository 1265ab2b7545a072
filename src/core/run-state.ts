import { z } from "zod";
import {
  defaultedSchema,
  holderSchema,
  nextAttemptSchema,
  sessionSchema,
  sourceSchema,
  waitForSchema,
  usedWorkflowSchema,
} from "./vocabulary.ts";
import { failureSchema } from "./failure.ts";
import { jsonObjectSchema } from "./json.ts";
import { NO_LIMITS, runLimitsSchema } from "./limits.ts";
import { usageSchema } from "./usage.ts";

/** Durable recovery counters of one step. Only events change them. */
export const recoverySchema = z.object({
  /** Corrective turns since the last fresh session. */
  output_retries: z.number(),
  /** Transient failures in a row. */
  invoke_retries: z.number(),
  /** Time spent in backoff since the environment last answered. */
  backoff_waited_ms: z.number(),
  compactions: z.number(),
  reframes: z.number(),
  timeouts: z.number(),
  cap_waits: z.number(),
  parks: z.number(),
  /**
   * Reasons for parking that were already announced: failure classes until the environment answers, `disk` until an attempt
   * starts. The field has no default: a checkpoint of an older version lacks it, so the journal is read instead.
   */
  announced_parks: z.array(z.string()),
  /** Free retries after the login changed on disk, since the environment last answered. */
  login_retries: z.number(),
  /** Lost sessions since the environment last answered. */
  lost_sessions: z.number(),
  script_retries: z.number(),
  /** Interruptions since the model last produced new output. */
  interruptions: z.number(),
});
export type Recovery = z.infer<typeof recoverySchema>;

export const waitSchema = z.object({
  for: waitForSchema,
  cause: z.literal("disk").optional(),
  /** A park for a reason that was not announced before. */
  is_news: z.literal(true).optional(),
  started_at: z.string(),
  until: z.string(),
  planned_ms: z.number(),
  slept_ms: z.number(),
  why: z.string(),
  next: nextAttemptSchema,
  /** The lease under which the wait began. A higher lease has resumed the wait. */
  lease: z.number(),
  probes: z.number(),
  probed_at: z.string().nullable(),
  /** A probe was answered: the cap is lifted. */
  lifted: z.boolean(),
});
export type WaitState = z.infer<typeof waitSchema>;

/** The phase of an open step. It has exactly one, so it never does two things at once. */
export const phaseSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("ready"),
    next: nextAttemptSchema.nullable(),
  }),
  z.object({ kind: z.literal("attempting"), attempt: z.number(), started_at: z.string() }),
  z.object({ kind: z.literal("compacting"), compaction: z.number() }),
  z.object({
    kind: z.literal("failed"),
    failure: failureSchema,
    during: z.enum(["turn", "compact"]),
  }),
  z.object({ kind: z.literal("waiting"), wait: waitSchema }),
  z.object({
    kind: z.literal("answered"),
    outputs: jsonObjectSchema,
    sources: z.record(z.string(), sourceSchema),
  }),
]);
export type Phase = z.infer<typeof phaseSchema>;

const openStepFields = {
  step: z.number(),
  node: z.string(),
  visit: z.number(),
  started_at: z.string(),
  reads: z.array(z.string()),
  cwd: z.string().optional(),
  attempts: z.number(),
  /** How many of the attempts were cut off. */
  cut_attempts: z.number(),
  /** An attempt was cut off. Scripts get LONGHAUL_RESUMED=1 then. */
  resumed: z.boolean(),
  session: sessionSchema.nullable(),
  sessions: z.number(),
  /** The current session holds the prompt. */
  prompt_stored: z.boolean(),
  /** Running time that cut turns have used since the last turn that ended. It is taken off the next turn's time. */
  charged_ms: z.number(),
  last_failure: failureSchema.nullable(),
  /** What was wrong with the last answer in the current session. Later turns quote it to the model. */
  complaint: failureSchema.nullable(),
  recovery: recoverySchema,
  phase: phaseSchema,
};

const agentWork = z.object({
  kind: z.literal("agent"),
  /** The rendered prompt and its arguments. */
  task: z.object({ prompt: z.string(), args: jsonObjectSchema }),
  add_dirs: z.array(z.string()).optional(),
});
const scriptWork = z.object({
  kind: z.literal("script"),
  command: z.object({ file: z.string(), args: z.array(z.string()) }),
});
const branchWork = z.object({ kind: z.literal("branch") });

export type StepWork = z.infer<typeof agentWork> | z.infer<typeof scriptWork> | z.infer<typeof branchWork>;

/** A snapshot of an older version lacks `kind` and is not used; the journal is read instead. */
export const openStepSchema = z.discriminatedUnion("kind", [
  agentWork.extend(openStepFields),
  scriptWork.extend(openStepFields),
  branchWork.extend(openStepFields),
]);
export type OpenStep = z.infer<typeof openStepSchema>;
export type OpenAgentStep = Extract<OpenStep, { kind: "agent" }>;
export type OpenScriptStep = Extract<OpenStep, { kind: "script" }>;

export const runStatusSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("running") }),
  z.object({ kind: z.literal("interrupted"), why: z.string() }),
  z.object({ kind: z.literal("stopped"), exit_code: z.number(), why: z.string() }),
  z.object({
    kind: z.literal("finished"),
    exit_code: z.number(),
    outcome: z.enum(["terminal", "fail"]),
    node: z.string(),
  }),
]);

/** The state of a run, a pure function of its events. A snapshot stores it. */
export const runStateSchema = z.object({
  format: z.literal(1),
  uuid: z.string(),
  name: z.string(),
  run_id: z.string(),
  workflow: usedWorkflowSchema,
  cli: z.string(),
  model: z.string().nullable(),
  params: jsonObjectSchema,
  run_dir: z.string(),
  workspace: z.string(),
  versions: z.record(z.string(), z.string()),
  started_at: z.string(),
  updated_at: z.string(),
  seq: z.number(),
  lease: z.number(),
  holder: holderSchema,
  /** `LONGHAUL_START_ID` of the holder's start. A restarted container has the same id. */
  start_id: z.string().nullable(),
  status: runStatusSchema,
  /** The open step's node; the node to start next when no step is open. */
  cursor: z.string(),
  /** The node to continue at after a --redo. */
  return_to: z.string().nullable(),
  visits: z.record(z.string(), z.number()),
  context: jsonObjectSchema,
  sources: z.record(z.string(), sourceSchema),
  open: openStepSchema.nullable(),
  /** Detours by max_visits since the last step began. More detours than nodes mean that they lead in a circle. */
  detours: z.number(),
  /** A turn of this run was answered, so the environment has worked before. */
  answered_before: z.boolean(),
  defaulted: z.array(defaultedSchema),
  labels: z.record(z.string(), z.string()).default({}),
  limits: runLimitsSchema.default(NO_LIMITS),
  /** What the last turns used. Limits estimate the next turn from it. */
  recent_usage: z.array(usageSchema).default([]),
  /** The warning about turns without a known price was recorded. */
  unpriced_told: z.boolean().default(false),
  totals: z.object({
    steps: z.number(),
    attempts: z.number(),
    resumes: z.number(),
    waited_ms: z.number(),
    usage: usageSchema,
  }),
});
export type RunState = z.infer<typeof runStateSchema>;
