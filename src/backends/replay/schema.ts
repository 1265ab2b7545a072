import { z } from "zod";
import { parseDurationMs } from "../../core/duration.ts";
import { failureSchema } from "../../core/failure.ts";
import { jsonObjectSchema } from "../../core/json.ts";

/**
 * `replay.yaml`, docs/workflow-format.md: answers by node id. A single answer applies to every visit and attempt. A list
 * has one entry per visit; an entry that is itself a list has one answer per attempt of that visit. Interrupted attempts
 * do not count.
 */

const durationMsSchema = z.union([z.string(), z.number()]).transform((text, context) => {
  const ms = parseDurationMs(text);
  if (ms !== undefined) return ms;
  context.addIssue({
    code: "custom",
    message: "is not a duration: write 250ms, 90s, 15m or a number of seconds",
  });
  return z.NEVER;
});

const delay = { delay: durationMsSchema.optional() };

/** A failure of the ladder; `resets_in` is when a cap ends, counted from the turn. */
const replayedFailureSchema = z
  .looseObject({
    class: z.string(),
    reason: z.string(),
    message: z.string().default("A failure written in replay.yaml."),
    resets_in: durationMsSchema.optional(),
  })
  .transform(({ resets_in, ...fields }, context) => {
    const parsed = failureSchema.safeParse(fields);
    if (parsed.success) return { failure: parsed.data, resetsInMs: resets_in };
    context.addIssue({
      code: "custom",
      message: `is not a failure that Longhaul knows: ${z.prettifyError(parsed.error)}`,
    });
    return z.NEVER;
  });

const outputAnswerSchema = z.strictObject({ output: jsonObjectSchema, ...delay });
const textAnswerSchema = z.strictObject({ text: z.string(), ...delay });
const failureAnswerSchema = z.strictObject({ failure: replayedFailureSchema, ...delay });

const ANSWER_FORMS =
  "an answer is a text, or has one of `output`, `text` and `failure`, and may have `delay`";

const answerSchema = z.union(
  [
    z.string().transform((text) => ({ text, delay: undefined })),
    outputAnswerSchema,
    textAnswerSchema,
    failureAnswerSchema,
  ],
  { error: () => ANSWER_FORMS },
);
export type WrittenAnswer = z.output<typeof answerSchema>;

const visitSchema = z.union([answerSchema, z.array(answerSchema).min(1)], { error: () => ANSWER_FORMS });

const nodeSchema = z.union([answerSchema, z.array(visitSchema).min(1)], { error: () => ANSWER_FORMS });

export const replayFileSchema = z.record(z.string(), nodeSchema);
export type ReplayFile = z.output<typeof replayFileSchema>;
