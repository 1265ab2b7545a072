import { z } from "zod";
import { turnResultFields } from "./attempt-end.ts";
import { processEndFields } from "./process-end.ts";
import { failureSchema } from "./failure.ts";
import { jsonObjectSchema, jsonSchema } from "./json.ts";
import { excessSchema, runLimitsSchema } from "./limits.ts";
import { usageSchema } from "./usage.ts";
import {
  holderSchema,
  nextAttemptSchema,
  restoredSchema,
  sessionSchema,
  sourceKindSchema,
  sourceSchema,
  turnModeSchema,
  waitForSchema,
  resumedWorkflowSchema,
  usedWorkflowSchema,
} from "./vocabulary.ts";

/**
 * The events of the journal. The reducer, the views, the log and the terminal all read these and nothing else.
 * docs/run-directory.md describes each one byte for byte.
 */

const step = z.number();
const attempt = z.number();

export const eventBodySchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("run.started"),
    format: z.literal(1),
    uuid: z.string(),
    name: z.string(),
    run_id: z.string(),
    workflow: usedWorkflowSchema,
    cli: z.string(),
    model: z.string().nullable(),
    params: jsonObjectSchema,
    context: jsonObjectSchema,
    start: z.string(),
    run_dir: z.string(),
    workspace: z.string(),
    holder: holderSchema,
    start_id: z.string().nullable(),
    versions: z.record(z.string(), z.string()),
    /** Absent in runs of versions that had no limits. */
    limits: runLimitsSchema.optional(),
  }),
  z.object({
    type: z.literal("run.resumed"),
    holder: holderSchema,
    start_id: z.string().nullable(),
    workflow: resumedWorkflowSchema,
    versions: z.record(z.string(), z.string()),
    run_dir: z.string(),
    workspace: z.string(),
  }),
  /** The limits in the workflow were edited, or --limit was given. */
  z.object({ type: z.literal("limits.changed"), limits: runLimitsSchema }),
  z.object({ type: z.literal("backend.changed"), cli: z.string(), model: z.string().nullable() }),
  /** The user moved the cursor: --at, --from (restores what `node` saw) or --redo (returns to `return_to` afterwards). */
  z.object({
    type: z.literal("cursor.moved"),
    why: z.enum(["at", "from", "redo"]),
    node: z.string(),
    return_to: z.string().optional(),
    restored: restoredSchema.optional(),
  }),
  z.object({
    type: z.literal("step.started"),
    step,
    node: z.string(),
    node_type: z.string(),
    visit: z.number(),
    /** Context keys that the step's templates read. The step's outputs inherit their taint. */
    reads: z.array(z.string()),
    /** Names that templates used and the context lacks; they rendered empty. */
    missing: z.array(z.string()),
    /** The rendered task of an agent, the rendered command of a script. */
    task: z.object({ prompt: z.string(), args: jsonObjectSchema }).optional(),
    command: z.object({ file: z.string(), args: z.array(z.string()) }).optional(),
    cwd: z.string().optional(),
    add_dirs: z.array(z.string()).optional(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
  z.object({
    type: z.literal("attempt.started"),
    step,
    attempt,
    mode: z.union([turnModeSchema, z.literal("script")]),
    level: z.number().optional(),
    /** Session that the turn continues or opens; null for scripts. */
    session: sessionSchema.extend({ fresh: z.boolean() }).nullable(),
    /** The text written to the CLI's stdin. */
    prompt: z.string().optional(),
    /** What is left of the run's cost limit, for CLIs that can limit the cost of a turn themselves. */
    budget_usd: z.number().optional(),
    timeout_ms: z.number(),
  }),
  z.object({
    type: z.literal("attempt.finished"),
    step,
    attempt,
    outputs: jsonObjectSchema,
    source: sourceKindSchema,
    /** In replayed runs only: the source of each key in the recorded run. */
    key_sources: z.record(z.string(), sourceSchema).optional(),
    ...turnResultFields,
  }),
  z.object({
    type: z.literal("attempt.failed"),
    step,
    attempt,
    failure: failureSchema,
    ...turnResultFields,
  }),
  /** The attempt was cut off: Longhaul was stopped or died, or a signal from outside ended the process. */
  z.object({
    type: z.literal("attempt.interrupted"),
    step,
    attempt,
    ran_ms: z.number(),
    /** The model had produced new output, so this cut does not count towards AGENT_MAX_INTERRUPTIONS. */
    progressed: z.boolean(),
    /** The session holds the prompt, so the next turn can use mode `continue`. */
    prompt_stored: z.boolean(),
    session: sessionSchema.nullable(),
    usage: usageSchema.optional(),
    ...processEndFields,
  }),
  z.object({ type: z.literal("compact.started"), step, compaction: z.number(), session: sessionSchema }),
  z.object({
    type: z.literal("compact.finished"),
    step,
    compaction: z.number(),
    /** Absent when the session is now smaller. */
    failure: failureSchema.optional(),
    usage: usageSchema.optional(),
    ...processEndFields,
    duration_ms: z.number(),
  }),
  z.object({
    type: z.literal("wait.started"),
    step,
    for: waitForSchema,
    /** A park that ends as soon as enough disk space is free. */
    cause: z.literal("disk").optional(),
    until: z.iso.datetime(),
    planned_ms: z.number(),
    why: z.string(),
    next: nextAttemptSchema,
  }),
  z.object({ type: z.literal("wait.ticked"), step, slept_ms: z.number() }),
  z.object({
    type: z.literal("wait.finished"),
    step,
    slept_ms: z.number(),
    how: z.enum(["elapsed", "probe", "look"]),
  }),
  /** A one-word turn in a throw-away session during a cap wait, to notice a top-up early. `probe` counts them per wait. */
  z.object({ type: z.literal("probe.started"), step, probe: z.number() }),
  z.object({
    type: z.literal("probe.finished"),
    step,
    /** Absent in journals of versions without probe.started. */
    probe: z.number().optional(),
    ok: z.boolean(),
    failure: failureSchema.optional(),
    usage: usageSchema.optional(),
    ...processEndFields,
    duration_ms: z.number(),
  }),
  z.object({
    type: z.literal("step.finished"),
    step,
    node: z.string(),
    outputs: jsonObjectSchema,
    sources: z.record(z.string(), sourceSchema),
    /** Context keys to remove: outputs of a failed step whose author named another node, or optional keys that were left out. */
    unset: z.array(z.string()).optional(),
    set: jsonObjectSchema,
    next: z.string(),
    /** Keys that got the author's default because the step had no usable answer. */
    defaulted: z.array(z.string()).optional(),
    failure: failureSchema.optional(),
    branch: z.object({ path: z.string(), value: jsonSchema, next: z.string(), how: z.string() }).optional(),
    duration_ms: z.number(),
  }),
  /** A node was reached more often than its max_visits, so the run continues at `next` instead. */
  z.object({
    type: z.literal("visits.exhausted"),
    node: z.string(),
    max_visits: z.number(),
    next: z.string(),
  }),
  z.object({
    type: z.literal("warning"),
    code: z.string(),
    message: z.string(),
    step: step.optional(),
  }),
  z.object({
    type: z.literal("run.interrupted"),
    why: z.enum(["signal", "no_wait"]),
    message: z.string(),
  }),
  /** Stopped on purpose and resumable: 3 not ready, 5 limit, 6 a step failed, 75 another process requested it. */
  z.object({
    type: z.literal("run.stopped"),
    exit_code: z.union([z.literal(3), z.literal(5), z.literal(6), z.literal(75)]),
    why: z.string(),
    excess: excessSchema.optional(),
    node: z.string().optional(),
    step: step.optional(),
    failure: failureSchema.optional(),
  }),
  z.object({
    type: z.literal("run.finished"),
    outcome: z.enum(["terminal", "fail"]),
    node: z.string(),
    exit_code: z.union([z.literal(0), z.literal(1), z.literal(8)]),
  }),
]);
export type EventBody = z.infer<typeof eventBodySchema>;
export type EventType = EventBody["type"];
export type EventOf<T extends EventType> = Extract<EventBody, { type: T }>;

/** What each journal line has besides the event. (`sum`, the line's checksum, belongs to the store.) */
export const envelopeSchema = z.object({
  seq: z.number(),
  /** seq of the first event of the same write. A torn tail is cut at a batch. */
  batch: z.number(),
  /** The lease of the holder that wrote it. Events of an older lease after a newer one are ignored. */
  lease: z.number(),
  at: z.iso.datetime(),
  /** Path to the node in nested graphs; one id today. */
  path: z.array(z.string()).optional(),
  /** The workflow's labels as rendered when the step began; before the first step, when the run began. */
  labels: z.record(z.string(), z.string()).optional(),
});
export type Envelope = z.infer<typeof envelopeSchema>;
export type JournalEvent = Envelope & EventBody;
/** An event with `seq` and `at` that is not written yet. The reducer takes these. */
export type StampedEvent = Omit<Envelope, "batch"> & EventBody;
