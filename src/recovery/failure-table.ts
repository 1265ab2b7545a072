import type { FailureRow } from "./failure-row.ts";
import { CLAUDE_ROWS } from "./failure-rows-claude.ts";
import { CODEX_ROWS } from "./failure-rows-codex.ts";
import { CODEX_TEXT_ROWS } from "./failure-rows-codex-text.ts";
import { COMPACTION_ROWS } from "./failure-rows-compaction.ts";
import { COPILOT_ROWS } from "./failure-rows-copilot.ts";
import { OUTCOME_ROWS } from "./failure-rows-outcome.ts";
import { CLOCK_ROWS, LAST_ROWS, START_ROWS, UNREAD_ROWS } from "./failure-rows-process.ts";

/**
 * Every signal of success and failure that Longhaul knows, in the order in which it is tested: what the CLI says before
 * our own clocks, failures before success, and within a CLI overflow before cap before transient. The last row takes
 * everything, so a turn always has a verdict.
 */
export const FAILURE_TABLE: readonly FailureRow[] = [
  ...START_ROWS,
  ...COMPACTION_ROWS,
  ...CLAUDE_ROWS,
  ...CODEX_ROWS,
  ...CODEX_TEXT_ROWS,
  ...COPILOT_ROWS,
  ...CLOCK_ROWS,
  ...UNREAD_ROWS,
  ...OUTCOME_ROWS,
  ...LAST_ROWS,
];
