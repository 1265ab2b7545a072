import type { FailureRow } from "../failure-row.ts";

/** How copilot reports a failed compaction: only in its session file. */
export const COPILOT_COMPACTION_ROWS: readonly FailureRow[] = [
  {
    id: "copilot.compact.rejected",
    cli: "copilot",
    when: { compacting: true, compact_status: { oneOf: [401, 403] } },
    verdict: { class: "auth", reason: "rejected" },
    message: "The API did not accept copilot's login during compaction.",
    recording: "compact-e401",
  },
  {
    id: "copilot.compact.billing",
    cli: "copilot",
    when: { compacting: true, compact_status: 402 },
    verdict: { class: "auth", reason: "billing" },
    message: "The account has no quota to compact the session.",
    remedy: "Check plan and billing of the account, or log in to another one.",
    recording: "compact-e402",
  },
  {
    id: "copilot.compact.cap",
    cli: "copilot",
    when: { compacting: true, compact_failure: "quota_exhausted" },
    verdict: { class: "cap", reason: "usage" },
    message: "The plan's quota was used up during compaction.",
    recording: "compact-quota",
    note: "the reset time is printed nowhere",
  },
  {
    id: "copilot.compact.model",
    cli: "copilot",
    when: { compacting: true, compact_status: 404 },
    verdict: { class: "config", reason: "unknown_model" },
    message: "The API does not know the model that is to compact the session.",
    remedy: "Correct the node's `model`, AGENT_MODEL or COPILOT_MODEL.",
    recording: "compact-e404-model",
  },
  {
    id: "copilot.compact.rate_limit",
    cli: "copilot",
    when: { compacting: true, compact_status: 429 },
    verdict: { class: "transient", reason: "rate_limit" },
    message: "The API asked to slow down during compaction.",
    recording: "compact-e429",
  },
  {
    id: "copilot.compact.server",
    cli: "copilot",
    when: { compacting: true, compact_error: { matches: /Failed to get response|retried \d+ times/ } },
    verdict: { class: "transient", reason: "server_error" },
    message: "Compaction failed.",
    recording: "compact-e503",
  },
  {
    id: "copilot.compact.failed",
    cli: "copilot",
    when: { compacting: true, compact_error: { present: true } },
    verdict: { class: "overflow", reason: "stuck" },
    message: "copilot could not compact the session.",
    recording: "compact-empty-summary",
  },
];
