import type { FailureRow } from "../backends/failure-row.ts";

/** How each CLI reports success, and how an empty answer looks. Tested after all failures. */
export const OUTCOME_ROWS: readonly FailureRow[] = [
  {
    id: "claude.answer.empty",
    cli: "claude",
    when: {
      final: true,
      is_error: false,
      subtype: "success",
      terminal_reason: { oneOf: ["completed", null] },
      answered: false,
    },
    verdict: { class: "answer", reason: "empty" },
    message: "The model answered nothing.",
    recording: "empty",
  },
  {
    id: "claude.success",
    cli: "claude",
    when: {
      final: true,
      is_error: false,
      subtype: "success",
      terminal_reason: { oneOf: ["completed", null] },
    },
    verdict: { class: "success" },
    message: "The turn succeeded.",
    recording: "success",
    note: "`subtype` alone means nothing: failures of the API carry it too",
  },
  {
    id: "codex.answer.empty",
    cli: "codex",
    when: { turn: "completed", answered: false },
    verdict: { class: "answer", reason: "empty" },
    message: "The model answered nothing.",
    recording: "empty",
    note: "a refusal looks the same: codex does not print it",
  },
  {
    id: "codex.success",
    cli: "codex",
    when: { turn: "completed" },
    verdict: { class: "success" },
    message: "The turn succeeded.",
    recording: "success",
  },
  {
    id: "copilot.answer.empty",
    cli: "copilot",
    when: { exit_code: 0, answered: false },
    verdict: { class: "answer", reason: "empty" },
    message: "The model answered nothing.",
    recording: "empty-after-tool",
  },
  {
    id: "copilot.success",
    cli: "copilot",
    when: { exit_code: 0 },
    verdict: { class: "success" },
    message: "The turn succeeded.",
    recording: "success",
    note: "an answer cut at the output limit looks the same, with only its last piece printed",
  },
];
