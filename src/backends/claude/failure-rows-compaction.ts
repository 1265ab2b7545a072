import type { FailureRow } from "../failure-row.ts";

/** How claude reports a failed compaction: with exit code 0 and the word success. Only the status line differs. */
export const CLAUDE_COMPACTION_ROWS: readonly FailureRow[] = [
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
    id: "claude.compact.cap",
    cli: "claude",
    when: {
      compacting: true,
      compact_error: { present: true },
      "rate_limit.status": "rejected",
      "rate_limit.overage": false,
      resets_at_ms: { present: true },
    },
    verdict: { class: "cap", reason: "usage" },
    message: "A usage limit of the subscription was reached during compaction.",
    recording: "compact-cap",
  },
  {
    id: "claude.compact.rejected",
    cli: "claude",
    when: { compacting: true, compact_error: { matches: /API Error: 40[13]\b/ } },
    verdict: { class: "auth", reason: "rejected" },
    message: "The API did not accept claude's login during compaction.",
    recording: "compact-e401",
  },
  {
    id: "claude.compact.model",
    cli: "claude",
    when: { compacting: true, compact_error: { matches: /issue with the selected model/ } },
    verdict: { class: "config", reason: "unknown_model" },
    message: "The API does not know the model that is to compact the session.",
    remedy: "Correct the node's `model` or AGENT_MODEL.",
    recording: "compact-e404-model",
  },
  {
    id: "claude.compact.rate_limit",
    cli: "claude",
    when: { compacting: true, compact_error: { matches: /API Error: .*\b429\b|rate limit/i } },
    verdict: { class: "transient", reason: "rate_limit" },
    message: "The API asked to slow down during compaction.",
    recording: "compact-e429",
  },
  {
    id: "claude.compact.failed",
    cli: "claude",
    when: { compacting: true, compact_error: { present: true } },
    verdict: { class: "transient", reason: "server_error" },
    message: "Compaction failed.",
    recording: "compact-5-error",
  },
];
