import { z } from "zod";
import { jsonObjectSchema } from "./json.ts";

/** Types that events and state share. */

/** The process that holds a run: enough to tell, from another process or container, whether it can still be alive. */
export const holderSchema = z.object({
  host: z.string(),
  boot_id: z.string(),
  pid_namespace: z.string(),
  pid: z.number(),
  /** Start of the process in clock ticks since boot. It distinguishes the holder from a later process with the same pid. */
  pid_started: z.string(),
});
export type Holder = z.infer<typeof holderSchema>;

export const sourceKindSchema = z.enum(["agent", "repaired", "reframed", "default", "script", "replay"]);
export type SourceKind = z.infer<typeof sourceKindSchema>;

/** Where a context value came from, and the defaulted keys it was computed from. */
export const sourceSchema = z.object({ source: sourceKindSchema, tainted_by: z.array(z.string()) });
export type Source = z.infer<typeof sourceSchema>;

/** How the next turn of an agent step asks. Every mode is one rung of the ladder or one free continuation. */
export const turnModeSchema = z.enum([
  /** The whole task in a fresh session. */
  "task",
  /** Continue after a cut, in the session that already holds the prompt. */
  "continue",
  /** Corrective turn in the same session. Quotes what was wrong with the answer. */
  "correct",
  /** Continue after the turn clock expired. Tells the model how much time it has. */
  "notice",
  /** The same prompt again, in a session that was just compacted. */
  "resend",
  /** A fresh session and a simpler ask; `level` says how simple. */
  "reframe",
  /** Not a turn: compact the session, then `resend`. */
  "compact",
]);
export const nextTurnSchema = z.object({ mode: turnModeSchema, level: z.number().optional() });
export type NextTurn = z.infer<typeof nextTurnSchema>;

/** What an open step does next: a turn of its agent, or another run of its script. */
export const nextAttemptSchema = nextTurnSchema.or(z.object({ mode: z.literal("script") }));
export type NextAttempt = z.infer<typeof nextAttemptSchema>;

/** What a fresh session asks after `level` reframes: the whole task at level 0, else the reframe of that level. */
export const askOfLevel = (level: number): NextTurn =>
  level === 0 ? { mode: "task" } : { mode: "reframe", level };

export const waitForSchema = z.enum(["backoff", "cap", "park"]);
export type WaitFor = z.infer<typeof waitForSchema>;

export const sessionSchema = z.object({
  /** Counts the fresh sessions of this step from 1. */
  number: z.number(),
  /** Null until a CLI that chooses its own ids has printed it. */
  id: z.string().nullable(),
});
export type Session = z.infer<typeof sessionSchema>;

/** A short hash of each field of a workflow, to name what was edited. */
const workflowPartsSchema = z.object({
  header: z.record(z.string(), z.string()),
  nodes: z.record(z.string(), z.record(z.string(), z.string())),
});
export type WorkflowParts = z.infer<typeof workflowPartsSchema>;

/** The workflow that a run uses. Runs of older versions have no parts. */
export const usedWorkflowSchema = z.object({
  path: z.string(),
  hash: z.string(),
  parts: workflowPartsSchema.optional(),
});

/** The workflow as a start found it. `parts` and `changes`, the edits in words, are present only after a change. */
export const resumedWorkflowSchema = usedWorkflowSchema.extend({
  changed: z.boolean(),
  changes: z.array(z.string()).optional(),
});

/** Steps of one node that took the author's defaults for the same keys. One entry for all of them bounds the list in an endless loop. */
export const defaultedSchema = z.object({
  /** The newest such step. */
  step: z.number(),
  node: z.string(),
  keys: z.array(z.string()),
  /** The number of such steps; absent for one. */
  times: z.number().optional(),
});
export type Defaulted = z.infer<typeof defaultedSchema>;

/** What a node saw when the run last reached it. --from restores it. */
export const restoredSchema = z.object({
  context: jsonObjectSchema,
  sources: z.record(z.string(), sourceSchema),
  visits: z.record(z.string(), z.number()),
  defaulted: z.array(defaultedSchema),
});
