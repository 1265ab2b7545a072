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
 * The journal's vocabulary, and the only vocabulary of progress: the reducer, the views, the log
 * and the terminal all read these events. docs/run-directory.md describes each byte for byte.
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
    /** Absent in runs that began before there were limits. */
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
  /** The workflow was edited, or a person asked for other limits with --limit. */
  z.object({ type: z.literal("limits.changed"), limits: runLimitsSchema }),
  z.object({ type: z.literal("backend.changed"), cli: z.string(), model: z.string().nullable() }),
  /** A person moved the cursor: --at, --from (which restores what `node` saw first) or --redo (which comes back to `return_to`). */
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
    /** Context keys that the step's templates read: how taint is carried. */
    reads: z.array(z.string()),
    /** Names that were missing and rendered empty. */
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
    /** What goes to the CLI's stdin. */
    prompt: z.string().optional(),
    /** What the run's limit on cost leaves, for CLIs that can bound a turn themselves. */
    budget_usd: z.number().optional(),
    timeout_ms: z.number(),
  }),
  z.object({
    type: z.literal("attempt.finished"),
    step,
    attempt,
    outputs: jsonObjectSchema,
    source: sourceKindSchema,
    /** Only for replayed runs: the source that each key had in the run it comes from. */
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
  /** Our stop, a signal not ours or a death of ours cut the attempt off. */
  z.object({
    type: z.literal("attempt.interrupted"),
    step,
    attempt,
    ran_ms: z.number(),
    /** The model had produced new output, so the step is not stuck. */
    progressed: z.boolean(),
    /** The session holds the prompt, so a continue turn is right. */
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
    /** A park that ends as soon as there is disk space. */
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
  /** One-word turn in a throw-away session during a cap wait, to notice a top-up early; `probe` counts those of the wait. */
  z.object({ type: z.literal("probe.started"), step, probe: z.number() }),
  z.object({
    type: z.literal("probe.finished"),
    step,
    /** Absent in journals from before probe.started. */
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
    /** Keys that lose their value because the step failed and its author routed on. */
    unset: z.array(z.string()).optional(),
    set: jsonObjectSchema,
    next: z.string(),
    /** Keys that got the author's default because no usable answer could be had. */
    defaulted: z.array(z.string()).optional(),
    failure: failureSchema.optional(),
    branch: z.object({ path: z.string(), value: jsonSchema, next: z.string(), how: z.string() }).optional(),
    duration_ms: z.number(),
  }),
  /** A node was reached once more than its max_visits: the run goes on at `next` instead. */
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
  /** Stopped on purpose, resumable: 3 not ready, 5 limit, 6 a step failed, 75 another process asked for it. */
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

/** What the store adds to each event when it becomes a journal line (`sum`, a crc32 of the line before it, is the store's own). */
export const envelopeSchema = z.object({
  seq: z.number(),
  /** seq of the first event of the same write: what a torn tail may cut. */
  batch: z.number(),
  /** Which holder wrote it; events of an older lease after a newer one do not count. */
  lease: z.number(),
  at: z.iso.datetime(),
  /** Where in nested graphs: one id today. */
  path: z.array(z.string()).optional(),
  /** The workflow's labels, as they read when the step or, before its first one, the run began. */
  labels: z.record(z.string(), z.string()).optional(),
});
export type Envelope = z.infer<typeof envelopeSchema>;
export type JournalEvent = Envelope & EventBody;
/** An event that has its place and time but is not written yet: what the reducer takes. */
export type StampedEvent = Omit<Envelope, "batch"> & EventBody;
