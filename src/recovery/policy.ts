import { z } from "zod";
import { UsageError } from "../core/failure.ts";

/**
 * Every setting of the recovery ladder and its clocks, read from the environment once. docs/recovery.md lists the
 * variables with their defaults.
 */
export interface Policy {
  readonly maxOutputRetries: number;
  readonly maxInvokeRetries: number;
  readonly retryWaitBudgetMs: number;
  readonly maxCompactAttempts: number;
  readonly maxRephraseAttempts: number;
  readonly useDefaultOutputs: boolean;
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
  readonly capDefaultWaitMs: number;
  readonly capWaitMarginMs: number;
  readonly capProbeMs: number;
  readonly capTickMs: number;
  readonly maxCapWaits: number;
  readonly capMaxWaitMs: number;
  readonly maxInterruptions: number;
  /** With less free disk than this no turn, compaction or script is started. */
  readonly minFreeDiskBytes: number;
  readonly clocks: Clocks;
  /** Exit at the first wait that is not a quick retry instead of sleeping. */
  readonly noWait: boolean;
}

/** Time limits of one turn. A node's own `timeout` replaces `resultMs`. */
export interface Clocks {
  readonly firstEventMs: number;
  readonly idleMs: number;
  readonly resultMs: number;
  readonly exitGraceMs: number;
}

/** Ten years. A longer time is a typing error, and dates overflow. */
const MAX_SECONDS = 315_360_000;

const count = (fallback: number) =>
  z.string().regex(/^\d+$/, "must be a whole number").transform(Number).default(fallback);
const seconds = (fallback: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, "must be a number of seconds")
    .transform(Number)
    .pipe(z.number().max(MAX_SECONDS))
    .default(fallback);
const flag = (fallback: boolean) =>
  z.stringbool({ truthy: ["true", "1", "yes", "on"], falsy: ["false", "0", "no", "off"] }).default(fallback);

/** The environment variables of the policy: the only place that defines their names and defaults. */
export const policyEnvironmentSchema = z.object({
  AGENT_MAX_OUTPUT_RETRIES: count(2).describe("corrective turns in a session before a reframe"),
  AGENT_MAX_INVOKE_RETRIES: count(4).describe("quick retries before a failure counts as an outage"),
  AGENT_RETRY_WAIT_BUDGET_S: seconds(97_200).describe("total backoff in one outage before the run parks"),
  AGENT_MAX_COMPACT_ATTEMPTS: count(2).describe("compactions of one step before a reframe"),
  AGENT_MAX_REPHRASE_ATTEMPTS: count(3).describe("fresh sessions with a simpler ask"),
  AGENT_USE_DEFAULT_OUTPUTS: flag(true).describe("an exhausted agent step takes its declared defaults"),
  AGENT_INVOKE_BACKOFF_BASE_S: seconds(15).describe("first backoff, doubled each time"),
  AGENT_INVOKE_BACKOFF_CAP_S: seconds(1800).describe("longest single backoff"),
  AGENT_CAP_DEFAULT_WAIT_S: seconds(3600).describe("wait for a cap without a reset time"),
  AGENT_CAP_WAIT_MARGIN_S: seconds(120).describe("added to a cap's reset time"),
  AGENT_CAP_PROBE_S: seconds(7200).describe(
    "how often a cap wait probes whether the cap is lifted early; 0 = never",
  ),
  AGENT_CAP_TICK_S: seconds(600).describe("how often a long wait reports that it is still waiting"),
  AGENT_MAX_CAP_WAITS: count(48).describe("cap waits of one step before the run parks"),
  AGENT_CAP_MAX_WAIT_S: seconds(691_200).describe("longest single cap wait"),
  AGENT_MAX_INTERRUPTIONS: count(20).describe(
    "interruptions of one step without new model output before exit 6",
  ),
  AGENT_MIN_FREE_DISK_MB: count(500).describe("minimum free disk; below it the run parks and starts nothing"),
  AGENT_FIRST_EVENT_TIMEOUT_S: seconds(900).describe("time until the model's first event"),
  AGENT_IDLE_TIMEOUT_S: seconds(1800).describe("silence after the first event"),
  AGENT_RESULT_TIMEOUT_S: seconds(3600).describe("time of a whole turn; a node's `timeout` replaces it"),
  AGENT_EXIT_GRACE_S: seconds(30).describe("time from the final event to the end of the process"),
});

const SECOND_MS = 1000;
const MIB = 1024 * 1024;

/**
 * Reads the policy from an environment. An empty value counts as not set.
 * @throws UsageError that names every invalid variable.
 */
export function readPolicy(
  environment: Readonly<Record<string, string | undefined>>,
  noWait: boolean,
): Policy {
  const present = Object.entries(environment).filter(([, value]) => value !== undefined && value !== "");
  const parsed = policyEnvironmentSchema.safeParse(Object.fromEntries(present));
  if (!parsed.success) {
    throw new UsageError("The environment has settings that cannot be used.", {
      details: parsed.error.issues.map((issue) => {
        const name = issue.path.join(".");
        return `${name}=${environment[name] ?? ""}: ${issue.message}. See docs/recovery.md for what it takes.`;
      }),
    });
  }
  return toPolicy(parsed.data, noWait);
}

function toPolicy(values: z.infer<typeof policyEnvironmentSchema>, noWait: boolean): Policy {
  return {
    maxOutputRetries: values.AGENT_MAX_OUTPUT_RETRIES,
    maxInvokeRetries: values.AGENT_MAX_INVOKE_RETRIES,
    retryWaitBudgetMs: values.AGENT_RETRY_WAIT_BUDGET_S * SECOND_MS,
    maxCompactAttempts: values.AGENT_MAX_COMPACT_ATTEMPTS,
    maxRephraseAttempts: values.AGENT_MAX_REPHRASE_ATTEMPTS,
    useDefaultOutputs: values.AGENT_USE_DEFAULT_OUTPUTS,
    backoffBaseMs: values.AGENT_INVOKE_BACKOFF_BASE_S * SECOND_MS,
    backoffCapMs: values.AGENT_INVOKE_BACKOFF_CAP_S * SECOND_MS,
    capDefaultWaitMs: values.AGENT_CAP_DEFAULT_WAIT_S * SECOND_MS,
    capWaitMarginMs: values.AGENT_CAP_WAIT_MARGIN_S * SECOND_MS,
    capProbeMs: values.AGENT_CAP_PROBE_S * SECOND_MS,
    capTickMs: values.AGENT_CAP_TICK_S * SECOND_MS,
    maxCapWaits: values.AGENT_MAX_CAP_WAITS,
    capMaxWaitMs: values.AGENT_CAP_MAX_WAIT_S * SECOND_MS,
    maxInterruptions: values.AGENT_MAX_INTERRUPTIONS,
    minFreeDiskBytes: values.AGENT_MIN_FREE_DISK_MB * MIB,
    clocks: {
      firstEventMs: values.AGENT_FIRST_EVENT_TIMEOUT_S * SECOND_MS,
      idleMs: values.AGENT_IDLE_TIMEOUT_S * SECOND_MS,
      resultMs: values.AGENT_RESULT_TIMEOUT_S * SECOND_MS,
      exitGraceMs: values.AGENT_EXIT_GRACE_S * SECOND_MS,
    },
    noWait,
  };
}

/** A node's own `retry`, which overrides the run's counts. */
export interface NodeRetry {
  readonly times?: number | undefined;
  readonly backoff_ms?: number | undefined;
  readonly output_retries?: number | undefined;
  readonly reframes?: number | undefined;
}

/** The policy for one agent node. */
export function withNodeRetry(policy: Policy, retry: NodeRetry | undefined): Policy {
  if (retry === undefined) return policy;
  return {
    ...policy,
    maxInvokeRetries: retry.times ?? policy.maxInvokeRetries,
    backoffBaseMs: retry.backoff_ms ?? policy.backoffBaseMs,
    maxOutputRetries: retry.output_retries ?? policy.maxOutputRetries,
    maxRephraseAttempts: retry.reframes ?? policy.maxRephraseAttempts,
  };
}
