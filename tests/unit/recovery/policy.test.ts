import { describe, expect, test } from "vitest";
import { UsageError } from "../../../src/core/failure.ts";
import { policyEnvironmentSchema, readPolicy, withNodeRetry } from "../../../src/recovery/policy.ts";

function refusal(environment: Record<string, string>): UsageError {
  try {
    readPolicy(environment, false);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error("It was accepted.");
}

describe("the policy", () => {
  test("has the documented defaults", () => {
    expect(readPolicy({}, false)).toEqual({
      maxOutputRetries: 2,
      maxInvokeRetries: 4,
      retryWaitBudgetMs: 97_200_000,
      maxCompactAttempts: 2,
      maxRephraseAttempts: 3,
      useDefaultOutputs: true,
      backoffBaseMs: 15_000,
      backoffCapMs: 1_800_000,
      capDefaultWaitMs: 3_600_000,
      capWaitMarginMs: 120_000,
      capProbeMs: 7_200_000,
      capTickMs: 600_000,
      maxCapWaits: 48,
      capMaxWaitMs: 691_200_000,
      maxInterruptions: 20,
      minFreeDiskBytes: 500 * 1024 * 1024,
      clocks: { firstEventMs: 900_000, idleMs: 1_800_000, resultMs: 3_600_000, exitGraceMs: 30_000 },
      noWait: false,
    });
  });

  test("reads the variables that are set and ignores empty and unknown ones", () => {
    const environment = {
      AGENT_MAX_OUTPUT_RETRIES: "0",
      AGENT_INVOKE_BACKOFF_BASE_S: "0.5",
      AGENT_MAX_CAP_WAITS: "",
      AGENT_CAP_PROBE_S: undefined,
      AGENT_MODEL: "opus",
      PATH: "/bin",
    };
    expect(readPolicy(environment, true)).toMatchObject({
      maxOutputRetries: 0,
      backoffBaseMs: 500,
      maxCapWaits: 48,
      capProbeMs: 7_200_000,
      noWait: true,
    });
  });

  test.each([
    ["true", true],
    ["1", true],
    ["yes", true],
    ["on", true],
    ["false", false],
    ["0", false],
    ["no", false],
    ["off", false],
  ])("AGENT_USE_DEFAULT_OUTPUTS=%s is %s", (text, expected) => {
    expect(readPolicy({ AGENT_USE_DEFAULT_OUTPUTS: text }, false).useDefaultOutputs).toBe(expected);
  });

  test.each([
    ["AGENT_MAX_OUTPUT_RETRIES", "two"],
    ["AGENT_MAX_OUTPUT_RETRIES", "1.5"],
    ["AGENT_MAX_OUTPUT_RETRIES", "-1"],
    ["AGENT_MAX_OUTPUT_RETRIES", " "],
    ["AGENT_MAX_OUTPUT_RETRIES", "0x10"],
    ["AGENT_RETRY_WAIT_BUDGET_S", "27h"],
    ["AGENT_RETRY_WAIT_BUDGET_S", "-5"],
    ["AGENT_RETRY_WAIT_BUDGET_S", "Infinity"],
    ["AGENT_RETRY_WAIT_BUDGET_S", "NaN"],
    ["AGENT_RETRY_WAIT_BUDGET_S", " "],
    ["AGENT_INVOKE_BACKOFF_CAP_S", "1e300"],
    ["AGENT_USE_DEFAULT_OUTPUTS", "maybe"],
  ])("refuses %s=%s by name", (name, text) => {
    const { exitCode, details } = refusal({ [name]: text });
    expect(exitCode).toBe(2);
    expect(details).toHaveLength(1);
    expect(details[0]?.startsWith(`${name}=${text}: `)).toBe(true);
  });

  test("names every invalid value at once", () => {
    const { details } = refusal({
      AGENT_MAX_OUTPUT_RETRIES: "x",
      AGENT_CAP_TICK_S: "y",
      AGENT_EXIT_GRACE_S: "z",
      AGENT_IDLE_TIMEOUT_S: "60",
    });
    expect(details.map((detail) => detail.split("=")[0])).toEqual([
      "AGENT_MAX_OUTPUT_RETRIES",
      "AGENT_CAP_TICK_S",
      "AGENT_EXIT_GRACE_S",
    ]);
  });

  test("each variable says what it is for", () => {
    const described = Object.values(policyEnvironmentSchema.shape).map((field) => field.description ?? "");
    expect(described.filter((text) => text === "")).toEqual([]);
  });

  test("a node's retry overrides only the counts that it names", () => {
    const policy = readPolicy({}, false);
    expect(withNodeRetry(policy, undefined)).toBe(policy);
    expect(withNodeRetry(policy, { times: 1, output_retries: 0 })).toEqual({
      ...policy,
      maxInvokeRetries: 1,
      maxOutputRetries: 0,
    });
    expect(withNodeRetry(policy, { backoff_ms: 5, reframes: 0 })).toEqual({
      ...policy,
      backoffBaseMs: 5,
      maxRephraseAttempts: 0,
    });
  });
});
