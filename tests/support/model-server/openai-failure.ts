/** Failures as OpenAI's two APIs put them: the same body shape, different words and headers for plan limits. */
import { type HttpFailure, resetAtSeconds } from "./api.ts";
import type { Json } from "./json.ts";
import type { ApiName } from "./record.ts";
import type { Cause } from "./step.ts";

/** Copilot repeats a 429 by itself unless it has to wait longer than this. */
const TOO_LONG_TO_WAIT_SECONDS = 10_800;

type Speaker = Exclude<ApiName, "anthropic">;

export function openAiFailure(api: Speaker, cause: Cause, nowMs: number): HttpFailure {
  switch (cause.reason) {
    case "status":
      return error({
        status: cause.status,
        code: cause.code ?? usualCode(cause.status),
        message: cause.message,
      });
    case "cap":
      return api === "responses" ? codexCap(cause, nowMs) : copilotCap(cause);
    case "rate-limit":
      return error({
        status: 429,
        code: "rate_limit_exceeded",
        message: "Rate limit reached. Please try again later.",
        headers: { "retry-after": String(cause.retryAfterSeconds) },
      });
    case "overflow":
      return error({
        status: 400,
        code: "context_length_exceeded",
        message:
          "This model's maximum context length is 128000 tokens. However, your messages resulted in 150000 tokens.",
      });
    case "overloaded":
      return error({
        status: 503,
        code: "server_is_overloaded",
        message: "Our servers are currently overloaded.",
      });
    case "billing":
      return billing(api);
    case "unknown-model":
      return error({
        status: 404,
        code: "model_not_found",
        message: "The model does not exist or you do not have access to it.",
      });
  }
}

function codexCap(
  { resetsInSeconds, window }: Extract<Cause, { reason: "cap" }>,
  nowMs: number,
): HttpFailure {
  const resetsAt = resetAtSeconds(nowMs, resetsInSeconds);
  const slot = window === "session" ? "primary" : "secondary";
  return error({
    status: 429,
    code: "usage_limit_reached",
    message: "The usage limit has been reached",
    fields: { plan_type: "plus", resets_at: resetsAt, resets_in_seconds: resetsInSeconds },
    headers: {
      [`x-codex-${slot}-used-percent`]: "100.0",
      [`x-codex-${slot}-window-minutes`]: window === "session" ? "300" : "10080",
      [`x-codex-${slot}-reset-at`]: String(resetsAt),
    },
  });
}

/** Copilot shows no reset time to anybody, so a near reset needs no near `retry-after`; a short one would be waited out inside. */
function copilotCap({ resetsInSeconds, window }: Extract<Cause, { reason: "cap" }>): HttpFailure {
  const headers = { "retry-after": String(Math.max(resetsInSeconds, TOO_LONG_TO_WAIT_SECONDS)) };
  return window === "session"
    ? error({
        status: 429,
        code: "quota_exceeded",
        message: "You have exceeded your monthly quota.",
        headers,
      })
    : error({
        status: 429,
        code: "user_weekly_rate_limited",
        message: "Sorry, you have exceeded your weekly rate limit.",
        headers,
      });
}

function billing(api: Speaker): HttpFailure {
  return api === "responses"
    ? error({
        status: 429,
        code: "insufficient_quota",
        message: "You exceeded your current quota, please check your plan and billing details.",
      })
    : error({ status: 402, code: "quota_exceeded", message: "You have no quota" });
}

function usualCode(status: number): string {
  if (status === 401) return "invalid_api_key";
  if (status === 429) return "rate_limit_exceeded";
  return status >= 500 ? "server_error" : "invalid_request";
}

/** Codes that double as the error's type; for all others the type follows from the status. */
const TYPED_CODES = new Set([
  "usage_limit_reached",
  "insufficient_quota",
  "quota_exceeded",
  "rate_limit_exceeded",
  "server_error",
]);

function error(parts: {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly fields?: { readonly [key: string]: Json };
  readonly headers?: Readonly<Record<string, string>>;
}): HttpFailure {
  const { status, code, message, fields = {}, headers = {} } = parts;
  const usualType = status >= 500 ? "server_error" : "invalid_request_error";
  const type = TYPED_CODES.has(code) ? code : usualType;
  return { status, headers, body: { error: { message, type, param: null, code, ...fields } } };
}
