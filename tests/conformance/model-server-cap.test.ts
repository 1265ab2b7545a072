/** The scripted server in front of the real programs: a usage cap, with its reset time where the program shows it. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Json, listAt, at, parseJson, textAt } from "../support/model-server/json.ts";
import { answer, capWithReset, forever, status } from "../support/model-server/script.ts";
import type { CliSeat } from "./run-cli.ts";
import { answerText, lastEvent, setScene } from "./scene.ts";

const RESETS_IN_SECONDS = 7200;

/** A reset time lies this much ahead of the moments just before and just after the run. */
function resetWindow(startedAtMs: number): { readonly earliest: number; readonly latest: number } {
  return {
    earliest: Math.floor(startedAtMs / 1000) + RESETS_IN_SECONDS,
    latest: Math.ceil(Date.now() / 1000) + RESETS_IN_SECONDS,
  };
}

describe.each([
  { window: "session", claim: "five_hour", slot: "primary", copilotCode: "quota_exceeded" },
  { window: "weekly", claim: "seven_day", slot: "secondary", copilotCode: "user_weekly_rate_limited" },
] as const)("a $window cap", ({ window, claim, slot, copilotCode }) => {
  const script = [forever(capWithReset({ inSeconds: RESETS_IN_SECONDS, window }))];

  test("claude with a subscription", async () => {
    const { server, seat } = await setScene({ cli: "claude", script, login: "subscription" });
    const startedAtMs = Date.now();
    const run = await seat.run("hello");
    expect(run.exitCode).toBe(1);
    expect(server.requests).toHaveLength(1);
    const event = lastEvent(run, "rate_limit_event");
    expect(event).toMatchObject({
      rate_limit_info: { status: "rejected", rateLimitType: claim, isUsingOverage: false },
    });
    expectWithin(at(event, "rate_limit_info", "resetsAt"), resetWindow(startedAtMs));
  });

  test("codex, in its session file", async () => {
    const { server, seat } = await setScene({ cli: "codex", script });
    const startedAtMs = Date.now();
    const run = await seat.run("hello");
    expect(run.exitCode).toBe(1);
    expect(server.requests).toHaveLength(1);
    const payloads = (await sessionLines(seat)).map((line) => at(line, "payload"));
    const completed = payloads.findLast((payload) => textAt(payload, "type") === "task_complete");
    expect(completed).toMatchObject({ error: { codex_error_info: "usage_limit_exceeded" } });
    const limits = payloads.findLast((payload) => textAt(payload, "type") === "token_count");
    expect(limits).toMatchObject({ rate_limits: { [slot]: { used_percent: 100 } } });
    expectWithin(at(limits, "rate_limits", slot, "resets_at"), resetWindow(startedAtMs));
  });

  test("copilot, which shows no time and does not try again", async () => {
    const { server, seat } = await setScene({ cli: "copilot", script });
    const run = await seat.run("hello");
    expect(run.exitCode).toBe(1);
    expect(server.requests).toHaveLength(1);
    expect(lastEvent(run, "model.call_failure")).toMatchObject({
      data: { statusCode: 429, retryAttempt: 0, errorCode: copilotCode },
    });
  });
});

test("claude passes on rate-limit headers of a success", async () => {
  const headers = {
    "anthropic-ratelimit-unified-status": "allowed",
    "anthropic-ratelimit-unified-representative-claim": "five_hour",
    "anthropic-ratelimit-unified-reset": "4000000000",
    "anthropic-ratelimit-unified-5h-utilization": "0.93",
    "anthropic-ratelimit-unified-5h-reset": "4000000000",
  };
  const { seat } = await setScene({
    cli: "claude",
    script: [answer("OK", { headers })],
    login: "subscription",
  });
  const run = await seat.run("hello");
  expect(run.exitCode).toBe(0);
  expect(lastEvent(run, "rate_limit_event")).toMatchObject({ rate_limit_info: { resetsAt: 4_000_000_000 } });
});

test("a server that accepts again is believed", async () => {
  const { seat } = await setScene({ cli: "codex", script: [status(401), answer("Welcome back.")] });
  expect((await seat.run("hello")).exitCode).toBe(1);
  expect(answerText(await seat.run("hello"), "codex")).toBe("Welcome back.");
});

function expectWithin(value: Json | undefined, { earliest, latest }: ReturnType<typeof resetWindow>): void {
  expect(value).toBeTypeOf("number");
  expect(value).toBeGreaterThanOrEqual(earliest);
  expect(value).toBeLessThanOrEqual(latest + 1);
}

/** Codex writes one session file for each thread, below year, month and day. */
async function sessionLines({ directory }: CliSeat): Promise<readonly Json[]> {
  const sessions = join(directory, ".codex", "sessions");
  const [file] = (await readdir(sessions, { recursive: true })).filter((name) => name.endsWith(".jsonl"));
  const text = await readFile(join(sessions, file ?? ""), "utf8");
  return listAt(
    text
      .split("\n")
      .filter((line) => line !== "")
      .map(parseJson),
  );
}
