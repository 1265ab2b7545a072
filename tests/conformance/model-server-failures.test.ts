/** The scripted server in front of the real programs: each failure as the program prints it. */
import { describe, expect, test } from "vitest";
import { CLI_NAMES } from "../support/clis.ts";
import type { Script } from "../support/model-server/cursor.ts";
import type { Json } from "../support/model-server/json.ts";
import {
  billing,
  contentFilter,
  contextWindowStop,
  cutStream,
  empty,
  forever,
  inStream,
  malformed,
  outputLimit,
  overflow,
  overloaded,
  rateLimit,
  refusal,
  silence,
  stall,
  status,
  unknownModel,
} from "../support/model-server/script.ts";
import { lastEvent, setScene } from "./scene.ts";

/** The exit code, then the part of the deciding stdout event that tells this outcome from others. */
type Outcome = readonly [exitCode: number, event: { readonly type: string; readonly [key: string]: unknown }];

interface Case {
  readonly name: string;
  readonly script: Script;
  readonly claude: Outcome;
  readonly codex: Outcome;
  readonly copilot: Outcome;
}

const result = (fields: { readonly [key: string]: Json }): Outcome[1] => ({ type: "result", ...fields });
const sessionError = (data: { readonly [key: string]: Json }): Outcome[1] => ({
  type: "session.error",
  data,
});
const lastCall = (data: { readonly [key: string]: Json }): Outcome[1] => ({
  type: "model.call_failure",
  data,
});
const turnFailed = (message: string): Outcome[1] => ({
  type: "turn.failed",
  error: { message: expect.stringContaining(message) },
});
const item = (fields: { readonly [key: string]: Json }): Outcome[1] => ({
  type: "item.completed",
  item: fields,
});

const CASES: readonly Case[] = [
  {
    name: "503",
    script: [forever(status(503, { message: "down" }))],
    claude: [1, result({ is_error: true, api_error_status: 503 })],
    codex: [1, turnFailed("unexpected status 503 Service Unavailable: down")],
    copilot: [1, sessionError({ errorType: "query", statusCode: 503 })],
  },
  {
    name: "401",
    script: [forever(status(401, { message: "bad key" }))],
    claude: [1, result({ is_error: true, api_error_status: 401 })],
    codex: [1, turnFailed("unexpected status 401 Unauthorized: bad key")],
    copilot: [1, sessionError({ errorType: "authentication", statusCode: 401 })],
  },
  {
    name: "unknown model",
    script: [forever(unknownModel())],
    claude: [1, result({ is_error: true, api_error_status: 404 })],
    codex: [1, turnFailed("The model does not exist or you do not have access to it.")],
    copilot: [1, lastCall({ statusCode: 404, errorCode: "model_not_found" })],
  },
  {
    name: "short 429",
    script: [forever(rateLimit({ retryAfterSeconds: 1 }))],
    claude: [1, result({ is_error: true, api_error_status: 429 })],
    codex: [1, turnFailed("exceeded retry limit, last status: 429 Too Many Requests")],
    copilot: [1, lastCall({ statusCode: 429, retryAttempt: 5 })],
  },
  {
    name: "overloaded",
    script: [forever(overloaded())],
    claude: [1, result({ is_error: true, api_error_status: 529 })],
    codex: [1, turnFailed("Selected model is at capacity. Please try a different model.")],
    copilot: [1, sessionError({ errorType: "query", statusCode: 503 })],
  },
  {
    name: "no credit",
    script: [billing()],
    claude: [1, result({ api_error_status: 400, result: "Credit balance is too low" })],
    codex: [1, turnFailed("Quota exceeded. Check your plan and billing details.")],
    copilot: [1, lastCall({ statusCode: 402, errorCode: "quota_exceeded" })],
  },
  {
    name: "overflow",
    script: [overflow()],
    claude: [1, result({ api_error_status: 400, terminal_reason: "prompt_too_long" })],
    codex: [
      1,
      turnFailed(
        "Codex ran out of room in the model's context window. Start a new thread or clear earlier history before retrying.",
      ),
    ],
    copilot: [1, lastCall({ statusCode: 400, errorCode: "context_length_exceeded" })],
  },
  {
    name: "overflow in the stream",
    script: [forever(inStream(overflow()))],
    claude: [1, result({ api_error_status: 400, terminal_reason: "prompt_too_long" })],
    codex: [
      1,
      turnFailed(
        "Codex ran out of room in the model's context window. Start a new thread or clear earlier history before retrying.",
      ),
    ],
    copilot: [1, lastCall({ retryAttempt: 5 })],
  },
  {
    name: "stream cut",
    script: [forever(cutStream())],
    claude: [1, result({ is_error: true, api_error_status: null })],
    codex: [
      1,
      turnFailed(
        "stream disconnected before completion: Transport error: network error: error decoding response body",
      ),
    ],
    copilot: [1, lastCall({ failureKind: "transport", retryAttempt: 5 })],
  },
  {
    name: "stream without its end",
    script: [forever(cutStream({ cleanly: true }))],
    claude: [1, result({ is_error: true, api_error_status: null })],
    codex: [1, turnFailed("stream disconnected before completion: stream closed before response.completed")],
    copilot: [1, lastCall({ retryAttempt: 5 })],
  },
  {
    name: "a line that is no JSON",
    script: [forever(malformed("Good."))],
    claude: [0, result({ is_error: false, result: "Good." })],
    codex: [0, item({ type: "agent_message", text: "Good." })],
    copilot: [1, lastCall({ retryAttempt: 5 })],
  },
  {
    name: "empty answer",
    script: [forever(empty())],
    claude: [0, result({ is_error: false, result: "" })],
    codex: [0, item({ type: "error" })],
    copilot: [1, sessionError({ message: "No response was returned. Send your message again to retry." })],
  },
  {
    name: "refusal",
    script: [forever(refusal())],
    claude: [1, result({ is_error: true, stop_reason: "refusal" })],
    codex: [0, item({ type: "error" })],
    copilot: [1, sessionError({ message: "No response was returned. Send your message again to retry." })],
  },
  {
    name: "content filter",
    script: [forever(contentFilter())],
    claude: [1, result({ is_error: true, stop_reason: "refusal" })],
    codex: [
      1,
      turnFailed(
        "stream disconnected before completion: Incomplete response returned, reason: content_filter",
      ),
    ],
    copilot: [
      0,
      {
        type: "assistant.message",
        data: {
          content: "The model returned no content because the response was blocked by content filtering.",
        },
      },
    ],
  },
  {
    name: "output limit",
    script: [forever(outputLimit("Cut sho"))],
    claude: [1, { type: "assistant", error: "max_output_tokens" }],
    codex: [1, turnFailed("Incomplete response returned, reason: max_output_tokens")],
    copilot: [0, { type: "assistant.message", data: { content: "Cut sho" } }],
  },
  {
    name: "context window full in the middle of an answer",
    script: [forever(contextWindowStop("Cut sho"))],
    claude: [1, result({ result: expect.stringContaining("context window limit") })],
    codex: [1, turnFailed("Incomplete response returned, reason: max_output_tokens")],
    copilot: [0, { type: "assistant.message", data: { content: "Cut sho" } }],
  },
];

describe.each(CLI_NAMES)("%s", (cli) => {
  test.each(CASES)("$name", async (one) => {
    const { seat } = await setScene({ cli, script: one.script });
    const run = await seat.run("hello");
    const [exitCode, event] = one[cli];
    expect(run.exitCode).toBe(exitCode);
    expect(lastEvent(run, event.type)).toMatchObject(event);
  });

  test.each([
    ["silence", silence()],
    ["silence after the headers", silence({ after: "headers" })],
    ["a stall after the first words", stall()],
  ])("%s lasts until the program is killed", async (_name, step) => {
    const { server, seat } = await setScene({ cli, script: [step] });
    const running = seat.start("hello");
    const request = await server.waitForRequest(1);
    running.kill();
    expect((await running.finished).exitCode).toBeNull();
    await expect.poll(request.abandoned, { timeout: 30_000 }).toBe(true);
  });
});
