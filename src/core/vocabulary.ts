import { z } from "zod";
import { jsonObjectSchema } from "./json.ts";

/** The words that events and state share. */

/** Who holds a run: enough to tell, from another process or container, whether it can still be alive. */
export const holderSchema = z.object({
  host: z.string(),
  boot_id: z.string(),
  pid_namespace: z.string(),
  pid: z.number(),
  /** Start of the process in clock ticks since boot, so that a reused pid is not taken for it. */
  pid_started: z.string(),
});
export type Holder = z.infer<typeof holderSchema>;

export const sourceKindSchema = z.enum(["agent", "repaired", "reframed", "default", "script", "replay"]);
export type SourceKind = z.infer<typeof sourceKindSchema>;

/** Where a context value comes from, and which defaulted keys it was computed from. */
export const sourceSchema = z.object({ source: sourceKindSchema, tainted_by: z.array(z.string()) });
export type Source = z.infer<typeof sourceSchema>;

/** How the next turn of an agent step asks; every mode is one rung or one free continuation. */
export const turnModeSchema = z.enum([
  /** The whole task in a fresh session. */
  "task",
  /** Go on after a cut, in the session that already holds the prompt. */
  "continue",
  /** Corrective turn in the same session, quoting what was wrong. */
  "correct",
  /** After the turn clock: go on, told how little time there is. */
  "notice",
  /** The same prompt again on a session that was just compacted. */
  "resend",
  /** A fresh session and a simpler ask; `level` says how simple. */
  "reframe",
  /** Not a turn: compact the session, then `resend`. */
  "compact",
]);
export const nextTurnSchema = z.object({ mode: turnModeSchema, level: z.number().optional() });
export type NextTurn = z.infer<typeof nextTurnSchema>;

/** What an open step does next: a turn of its agent, or its script once more. */
export const nextAttemptSchema = nextTurnSchema.or(z.object({ mode: z.literal("script") }));
export type NextAttempt = z.infer<typeof nextAttemptSchema>;

/** The ask of a rung in a fresh session: the whole task, or the reframe of a level. */
export const askOfLevel = (level: number): NextTurn =>
  level === 0 ? { mode: "task" } : { mode: "reframe", level };

export const waitForSchema = z.enum(["backoff", "cap", "park"]);
export type WaitFor = z.infer<typeof waitForSchema>;

export const sessionSchema = z.object({
  /** Counts the fresh sessions of this step from 1. */
  number: z.number(),
  /** Null until a CLI that chooses its own id has told it. */
  id: z.string().nullable(),
});
export type Session = z.infer<typeof sessionSchema>;

/** What a workflow is made of, each field by a short hash. */
const workflowPartsSchema = z.object({
  header: z.record(z.string(), z.string()),
  nodes: z.record(z.string(), z.record(z.string(), z.string())),
});
export type WorkflowParts = z.infer<typeof workflowPartsSchema>;

/** The workflow that a run goes by; runs of older versions have no parts. */
export const usedWorkflowSchema = z.object({
  path: z.string(),
  hash: z.string(),
  parts: workflowPartsSchema.optional(),
});

/** The workflow as a start found it: parts, and in words what was edited, only after a change. */
export const resumedWorkflowSchema = usedWorkflowSchema.extend({
  changed: z.boolean(),
  changes: z.array(z.string()).optional(),
});

/** Steps of one node that took its author's defaults for the same keys; so a run that goes round for ever has no more of them than nodes. */
export const defaultedSchema = z.object({
  /** The newest of them. */
  step: z.number(),
  node: z.string(),
  keys: z.array(z.string()),
  /** How many they are; absent for one. */
  times: z.number().optional(),
});
export type Defaulted = z.infer<typeof defaultedSchema>;

/** What a node saw when it was last reached: --from goes back to it. */
export const restoredSchema = z.object({
  context: jsonObjectSchema,
  sources: z.record(z.string(), sourceSchema),
  visits: z.record(z.string(), z.number()),
  defaulted: z.array(defaultedSchema),
});
