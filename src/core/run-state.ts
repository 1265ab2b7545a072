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

/** Durable counters of one step's recovery; each is moved by events only. */
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
   * Reasons for parking that were announced since the environment last answered: failure classes, or `disk`. The field has
   * no default: a checkpoint of an older version lacks it, so the journal is read instead.
   */
  announced_parks: z.array(z.string()),
  /** Free retries after the login changed on disk, since a turn last got through. */
  login_retries: z.number(),
  /** Sessions found lost, each replaced free of charge. */
  lost_sessions: z.number(),
  script_retries: z.number(),
  /** Cuts since the model last produced something new. */
  interruptions: z.number(),
});
export type Recovery = z.infer<typeof recoverySchema>;

export const waitSchema = z.object({
  for: waitForSchema,
  cause: z.literal("disk").optional(),
  /** A park for a reason that nobody was told of yet. */
  is_news: z.literal(true).optional(),
  started_at: z.string(),
  until: z.string(),
  planned_ms: z.number(),
  slept_ms: z.number(),
  why: z.string(),
  next: nextAttemptSchema,
  /** Lease under which the wait began: a later one has come back to it. */
  lease: z.number(),
  probes: z.number(),
  probed_at: z.string().nullable(),
  /** A probe got through: the cap is gone. */
  lifted: z.boolean(),
});
export type WaitState = z.infer<typeof waitSchema>;

/** Where an open step stands: exactly one of these, so that no two things can be under way at once. */
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
  /** Those of them that were cut off, so that nobody saw their end. */
  cut_attempts: z.number(),
  /** A first try was cut off: scripts are told so. */
  resumed: z.boolean(),
  session: sessionSchema.nullable(),
  sessions: z.number(),
  /** The current session holds the prompt. */
  prompt_stored: z.boolean(),
  /** Running time already used by cut turns of the current attempt. */
  charged_ms: z.number(),
  last_failure: failureSchema.nullable(),
  /** What was wrong with the last answer in the current session; quoted to the model until it answers better. */
  complaint: failureSchema.nullable(),
  recovery: recoverySchema,
  phase: phaseSchema,
};

const agentWork = z.object({
  kind: z.literal("agent"),
  /** The rendered prompt and the arguments in it. */
  task: z.object({ prompt: z.string(), args: jsonObjectSchema }),
  add_dirs: z.array(z.string()).optional(),
});
const scriptWork = z.object({
  kind: z.literal("script"),
  command: z.object({ file: z.string(), args: z.array(z.string()) }),
});
const branchWork = z.object({ kind: z.literal("branch") });

export type StepWork = z.infer<typeof agentWork> | z.infer<typeof scriptWork> | z.infer<typeof branchWork>;

/** A snapshot of an older version has no `kind`; its journal is read instead. */
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

/** The state of a run: a pure function of its events. Also the content of a snapshot. */
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
  /** `LONGHAUL_START_ID` of the holder's start: a container that comes back has the same one. */
  start_id: z.string().nullable(),
  status: runStatusSchema,
  /** The node to start next; the open step's node while one is open. */
  cursor: z.string(),
  /** Where to go on after a --redo. */
  return_to: z.string().nullable(),
  visits: z.record(z.string(), z.number()),
  context: jsonObjectSchema,
  sources: z.record(z.string(), sourceSchema),
  open: openStepSchema.nullable(),
  /** Detours by max_visits since the last step began: more than there are nodes means they only point at each other. */
  detours: z.number(),
  /** A turn of this run has been answered, so the environment once worked. */
  answered_before: z.boolean(),
  defaulted: z.array(defaultedSchema),
  labels: z.record(z.string(), z.string()).default({}),
  limits: runLimitsSchema.default(NO_LIMITS),
  /** What the last turns used: the estimate for the next one. */
  recent_usage: z.array(usageSchema).default([]),
  /** It was said that turns without a price are not counted against the limit on cost. */
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
