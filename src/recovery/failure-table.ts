import type { FailureRow } from "../backends/failure-row.ts";
import { CLAUDE_COMPACTION_ROWS } from "../backends/claude/failure-rows-compaction.ts";
import { CLAUDE_ROWS } from "../backends/claude/failure-rows.ts";
import { CODEX_ROWS } from "../backends/codex/failure-rows.ts";
import { CODEX_TEXT_ROWS } from "../backends/codex/failure-rows-text.ts";
import { COPILOT_COMPACTION_ROWS } from "../backends/copilot/failure-rows-compaction.ts";
import { COPILOT_ROWS } from "../backends/copilot/failure-rows.ts";
import { OUTCOME_ROWS } from "./failure-rows-outcome.ts";
import { CLOCK_ROWS, LAST_ROWS, START_ROWS, UNREAD_ROWS } from "./failure-rows-process.ts";

/**
 * Every sign of success and failure that Longhaul knows, in the order in which they are tested: what the CLI reports
 * before our own clocks, failures before success, and within a CLI overflow before cap before transient. The last row
 * matches everything, so a turn always has a verdict.
 */
export const FAILURE_TABLE: readonly FailureRow[] = [
  ...START_ROWS,
  ...CLAUDE_COMPACTION_ROWS,
  ...COPILOT_COMPACTION_ROWS,
  ...CLAUDE_ROWS,
  ...CODEX_ROWS,
  ...CODEX_TEXT_ROWS,
  ...COPILOT_ROWS,
  ...CLOCK_ROWS,
  ...UNREAD_ROWS,
  ...OUTCOME_ROWS,
  ...LAST_ROWS,
];
