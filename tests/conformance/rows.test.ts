/**
 * Rows of the failure table that the other suites do not meet, each with the real program driven into it. Published
 * (LONGHAUL_RECORDINGS_PUBLISH=1) they write the recordings that the table names.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CliName } from "../support/clis.ts";
import type { Script } from "../support/model-server/cursor.ts";
import {
  answer,
  billing,
  capWithReset,
  empty,
  forever,
  hold,
  overflow,
  rateLimit,
  status,
  toolCall,
  unknownModel,
} from "../support/model-server/script.ts";
import type { Step } from "../support/model-server/step.ts";
import { agentRun, expectExit } from "./agent-run.ts";
import { expectRow } from "./expect-row.ts";

const GOOD = '{"verdict":"good"}';
const FAR_S = 7200;
/** The first wait is the end of the test. */
const ONE_TRY = { AGENT_MAX_INVOKE_RETRIES: "0", DISABLE_AUTO_COMPACT: "1" };

/** Tools, then an overflow; the request for a summary gets this step, all others an answer. */
const compactedWith = (step: Step): Script => [
  ...[1, 2, 3, 4, 5].map((n) => toolCall(`echo ${n}`)),
  overflow(),
  forever((request) => (request.kind === "compaction" ? step : answer(GOOD))),
];

/** An API whose window is so large. */
const takesUpTo = (characters: number): Script => [
  forever(({ messages }) => {
    const asked = messages.reduce((sum, { text }) => sum + text.length, 0);
    return asked > characters ? overflow() : answer(GOOD);
  }),
];

/** What codex says of a workspace follows from a header; the body is the same for all. */
const ofWorkspace = (kind: string): Script => {
  const error = { type: "usage_limit_reached", message: "limit", plan_type: "team" };
  const headers = { "x-codex-rate-limit-reached-type": kind };
  return [forever(status(429, { headers, body: { error } }))];
};

describe("caps", () => {
  test("claude.cap.other: the limit of one model is waited for to its reset", async () => {
    const resetsAt = Math.ceil(Date.now() / 1000) + FAR_S;
    const headers = {
      "anthropic-ratelimit-unified-status": "rejected",
      "anthropic-ratelimit-unified-reset": String(resetsAt),
      "anthropic-ratelimit-unified-representative-claim": "seven_day_opus",
      "anthropic-ratelimit-unified-overage-status": "rejected",
    };
    const script = [forever(status(429, { headers }))];
    const run = await agentRun({ cli: "claude", login: "subscription", env: ONE_TRY, script });
    expectExit(await run.run(["--no-wait"]), 75);
    expect(expectRow(run, "claude.cap.other").failure).toMatchObject({ resets_at_ms: resetsAt * 1000 });
    expect(run.directory().ofType("wait.started")).toMatchObject([{ for: "cap" }]);
  });

  test("codex.cap.weekly", async () => {
    const script = [forever(capWithReset({ inSeconds: FAR_S, window: "weekly" }))];
    const run = await agentRun({ cli: "codex", env: ONE_TRY, script });
    expectExit(await run.run(["--no-wait"]), 75);
    expect(expectRow(run, "codex.cap.weekly").failure).toMatchObject({
      resets_at_ms: expect.any(Number),
    });
  });

  test.each(["workspace_owner_usage_limit_reached", "workspace_member_usage_limit_reached"])(
    "codex.cap.unknown: %s, which names no time, is looked at again after the usual wait",
    async (kind) => {
      const run = await agentRun({ cli: "codex", env: ONE_TRY, script: ofWorkspace(kind) });
      expectExit(await run.run(["--no-wait"]), 75);
      expect(expectRow(run, "codex.cap.unknown").failure).not.toHaveProperty("resets_at_ms");
      expect(run.directory().ofType("wait.started")).toMatchObject([{ for: "cap" }]);
    },
  );

  test("a workspace without credit is for a person, not for a clock", async () => {
    const script = ofWorkspace("workspace_owner_credits_depleted");
    const run = await agentRun({ cli: "codex", env: ONE_TRY, script });
    expectExit(await run.run(["--no-wait"]), 3);
    expect(run.attempts()).toEqual(["task auth/billing"]);
  });
});

describe("a prompt too long for the API", () => {
  test.each(["claude", "codex", "copilot"] as const)(
    "%s: is asked in short at once in a fresh session, where there is nothing to compact",
    async (cli) => {
      const prompt = `MARKER-TASK: ${"a word ".repeat(50_000)}`;
      const run = await agentRun({ cli, env: ONE_TRY, script: takesUpTo(300_000), prompt });
      expectExit(await run.run(), 0);
      expect(run.attempts()).toEqual(["task overflow/prompt", "reframe finished reframed"]);
      expect(run.directory().ofType("compact.started")).toEqual([]);
    },
  );
});

describe("copilot", () => {
  test("copilot.overflow.budget: a turn that no longer fits its session gets the session compacted", async () => {
    const words = "many words about the value ".repeat(280);
    const outputs = [1, 2, 3, 4, 5, 6, 7].map(
      (n) => `      - { key: v${n}, default: none, schema: { type: string, description: "${words}" } }`,
    );
    const node = `    outputs:\n${outputs.join("\n")}`;
    const script = [forever(status(500))];
    const run = await agentRun({ cli: "copilot", env: ONE_TRY, script, node });
    expectExit(await run.run(["--no-wait"]), 75);
    run.server.setScript([forever(answer(GOOD))]);
    await run.run(["--no-wait"], { COPILOT_PROVIDER_MAX_PROMPT_TOKENS: "18000" });
    expect(expectRow(run, "copilot.overflow.budget").failure).toMatchObject({ class: "overflow" });
    expect(run.directory().ofType("compact.started")).not.toEqual([]);
  });

  test("copilot.config.prompt_budget: no request was sent, so nothing is defaulted", async () => {
    const env = { ...ONE_TRY, COPILOT_PROVIDER_MAX_PROMPT_TOKENS: "3000" };
    const run = await agentRun({ cli: "copilot", env, script: [forever(answer(GOOD))] });
    expectExit(await run.run(["--no-wait"]), 3);
    expectRow(run, "copilot.config.prompt_budget");
    expect(run.server.requests).toEqual([]);
    expect(run.directory().ofType("step.finished")).toEqual([]);
  });

  test("copilot.config.bad_request", async () => {
    const run = await agentRun({ cli: "copilot", env: ONE_TRY, script: [forever(status(400))] });
    expectExit(await run.run(["--no-wait"]), 3);
    expect(expectRow(run, "copilot.config.bad_request").failure).toMatchObject({ class: "config" });
  });

  test("copilot.answer.empty: nothing is said after a tool call, with exit code 0", async () => {
    const script = [toolCall("echo hi"), empty(), forever(answer(GOOD))];
    const run = await agentRun({ cli: "copilot", env: ONE_TRY, script });
    expectExit(await run.run(), 0);
    expectRow(run, "copilot.answer.empty");
    expect(run.attempts()).toEqual(["task answer/empty", "correct finished repaired"]);
  });
});

test("codex.session.unknown_app_server: a session that is gone when it is to be compacted", async () => {
  const script = [toolCall("echo hi"), hold(overflow()), forever(answer(GOOD))];
  const run = await agentRun({ cli: "codex", env: ONE_TRY, script });
  const started = run.start(["--no-wait"]);
  await run.server.waitForRequest(2);
  rmSync(join(run.scene.home, ".codex/sessions"), { recursive: true });
  run.server.release();
  expectExit(await started.ended, 0);
  expectRow(run, "codex.session.unknown_app_server");
  expect(run.attempts().at(-1)).toBe("task finished agent");
});

describe("a compaction that the environment keeps from happening is no reason for a simpler ask", () => {
  test.each<[CliName, string, Step, "api-key" | "subscription"]>([
    ["claude", "claude.compact.cap", capWithReset({ inSeconds: FAR_S }), "subscription"],
    ["claude", "claude.compact.rejected", status(401), "api-key"],
    ["claude", "claude.compact.model", unknownModel(), "api-key"],
    ["claude", "claude.compact.failed", status(500), "api-key"],
    ["claude", "claude.compact.rate_limit", rateLimit({ retryAfterSeconds: 1 }), "api-key"],
    ["copilot", "copilot.compact.cap", capWithReset({ inSeconds: FAR_S }), "api-key"],
    ["copilot", "copilot.compact.rejected", status(401), "api-key"],
    ["copilot", "copilot.compact.billing", billing(), "api-key"],
    ["copilot", "copilot.compact.model", unknownModel(), "api-key"],
    ["copilot", "copilot.compact.rate_limit", rateLimit({ retryAfterSeconds: 1 }), "api-key"],
    ["copilot", "copilot.compact.server", status(503), "api-key"],
  ])("%s: %s", async (cli, row, step, login) => {
    const run = await agentRun({ cli, login, env: ONE_TRY, script: compactedWith(step) });
    expectExit(await run.run(["--no-wait"]), 75);
    expectRow(run, row);
    expect(run.attempts()).toEqual(["task overflow/context"]);
  });

  test.each<[CliName, string, Script]>([
    ["copilot", "copilot.compact.failed", compactedWith(empty())],
    ["claude", "claude.compact.empty_summary", compactedWith(empty())],
  ])("%s: %s, so the session is given up", async (cli, row, script) => {
    const run = await agentRun({ cli, env: ONE_TRY, script });
    expectExit(await run.run(["--no-wait"]), 0);
    expectRow(run, row);
    expect(run.attempts()).toEqual(["task overflow/context", "reframe finished reframed"]);
  });
});
