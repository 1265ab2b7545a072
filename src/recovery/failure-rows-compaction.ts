import type { FailureRow } from "./failure-row.ts";

/**
 * How a compaction says that it failed: claude with exit code 0 and the word success, copilot in its session's file only,
 * codex as it says everything.
 */
export const COMPACTION_ROWS: readonly FailureRow[] = [
  {
    id: "claude.compact.too_few",
    cli: "claude",
    when: { compacting: true, compact_error: { matches: /Not enough messages|too_few_groups/ } },
    verdict: { class: "overflow", reason: "stuck" },
    message: "The session has too few replies to be compacted.",
    recording: "compact-3-too-few-2-turns",
  },
  {
    id: "claude.compact.empty_summary",
    cli: "claude",
    when: { compacting: true, compact_error: { matches: /no assistant message in summarization/ } },
    verdict: { class: "overflow", reason: "stuck" },
    message: "The model wrote no summary of the session.",
    recording: "compact-3turns-6-empty-summary",
  },
  {
    id: "claude.compact.rate_limit",
    cli: "claude",
    when: { compacting: true, compact_error: { matches: /API Error: 429|rate limit/i } },
    verdict: { class: "transient", reason: "rate_limit" },
    message: "The API asked to slow down during compaction.",
  },
  {
    id: "claude.compact.failed",
    cli: "claude",
    when: { compacting: true, compact_error: { present: true } },
    verdict: { class: "transient", reason: "server_error" },
    message: "Compaction failed.",
    recording: "compact-5-error",
  },
  {
    id: "copilot.compact.server",
    cli: "copilot",
    when: { compacting: true, compact_error: { matches: /Failed to get response|retried \d+ times/ } },
    verdict: { class: "transient", reason: "server_error" },
    message: "Compaction failed.",
    recording: "compact-5-error",
  },
  {
    id: "copilot.compact.failed",
    cli: "copilot",
    when: { compacting: true, compact_error: { present: true } },
    verdict: { class: "overflow", reason: "stuck" },
    message: "copilot could not compact the session.",
  },
];
