import type { FailureRow } from "../failure-row.ts";

const cli = "codex";

/** Signals that only codex's prose shows, or that its prose must show when the session file cannot be read. */
export const CODEX_TEXT_ROWS: readonly FailureRow[] = [
  {
    id: "codex.answer.output_limit",
    cli,
    when: { turn: "failed", message: { matches: /reason: max_output_tokens/ } },
    verdict: { class: "answer", reason: "output_limit" },
    message: "The answer was longer than the model's output limit.",
    recording: "incomplete-max-tokens",
  },
  {
    id: "codex.transient.silence",
    cli,
    when: { turn: "failed", message: { matches: /idle timeout waiting for SSE/ } },
    verdict: { class: "transient", reason: "silence" },
    message: "The API fell silent in the middle of its answer.",
    recording: "stall-idle-5s",
  },
  {
    id: "codex.transient.stream_cut",
    cli,
    when: { turn: "failed", message: { matches: /^stream disconnected before completion/ } },
    verdict: { class: "transient", reason: "stream_cut" },
    message: "The API's answer was cut off.",
    recording: "midstream-disconnect",
  },
  {
    id: "codex.transient.network_text",
    cli,
    when: { turn: "failed", message: { matches: /^Connection failed/ } },
    verdict: { class: "transient", reason: "network" },
    message: "The API cannot be reached.",
    recording: "connection-refused-bounded-noretry",
  },
  {
    id: "codex.transient.rate_limit_text",
    cli,
    when: { turn: "failed", message: { matches: /last status: 429|^rate limit exceeded/ } },
    verdict: { class: "transient", reason: "rate_limit" },
    message: "The API asked to slow down.",
    recording: "e429-short",
  },
  {
    id: "codex.transient.server_text",
    cli,
    when: {
      turn: "failed",
      message: {
        matches: /unexpected status 5\d\d|experiencing high demand|model is at capacity|last status: 5\d\d/,
      },
    },
    verdict: { class: "transient", reason: "server_error" },
    message: "The API failed.",
    recording: "e503",
  },
  {
    id: "codex.config.bad_request",
    cli,
    when: { turn: "failed", message: { matches: /invalid_request_error|unexpected status 400/ } },
    verdict: { class: "config", reason: "bad_request" },
    message: "The API refused the request.",
    recording: "schema-rejected-400",
  },
];
