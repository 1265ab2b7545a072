import type { FailureRow } from "../backends/failure-row.ts";

const cli = "any";

/** Errors for which the operating system refuses to start a program now but may start it later. */
export const BUSY_MACHINE: readonly string[] = ["ETXTBSY", "EAGAIN", "ENOMEM", "EMFILE", "ENFILE"];

/** Failures to start the program. */
export const START_ROWS: readonly FailureRow[] = [
  {
    id: "any.start.missing",
    cli,
    when: { end: "not_started", os_error: { oneOf: ["ENOENT", "EACCES", "ENOEXEC", "ENOTDIR"] } },
    verdict: { class: "config", reason: "cli_missing" },
    message: "The program is not installed, or may not be executed.",
    remedy: "Install it and make sure that it is on PATH; docs/backends.md names the version.",
    recording: "codex/start-not-executable",
  },
  {
    id: "any.start.no_cwd",
    cli,
    when: { end: "not_started", os_error: "NO_CWD" },
    verdict: { class: "config", reason: "bad_config" },
    message: "The directory to work in cannot be used.",
    remedy: "Create it in an earlier step, let this user enter it, or correct the node's `cwd`.",
    recording: "codex/start-no-directory",
  },
  {
    id: "any.start.busy",
    cli,
    when: { end: "not_started", os_error: { oneOf: BUSY_MACHINE } },
    verdict: { class: "transient", reason: "spawn_busy" },
    message:
      "The program could not be started just now: it is being replaced, or the machine is short of resources.",
    recording: "claude/start-busy",
  },
  {
    id: "any.start.refused",
    cli,
    when: { end: "not_started" },
    verdict: { class: "config", reason: "bad_config" },
    message: "The program could not be started.",
    recording: "claude/start-arguments-too-long",
  },
];

/** Longhaul's own clocks. Tested after the rows of the CLIs. */
export const CLOCK_ROWS: readonly FailureRow[] = [
  {
    id: "any.clock.first_event",
    cli,
    when: { stopped_by: "first-event" },
    verdict: { class: "transient", reason: "no_first_event" },
    message: "The model did not begin to answer in time (AGENT_FIRST_EVENT_TIMEOUT_S).",
    recording: "claude/clock-first-event",
  },
  {
    id: "any.clock.silence",
    cli,
    when: { stopped_by: "silence" },
    verdict: { class: "transient", reason: "silence" },
    message: "The model fell silent (AGENT_IDLE_TIMEOUT_S).",
    recording: "codex/clock-silence",
  },
  {
    id: "any.clock.turn_without_model",
    cli,
    when: { stopped_by: "turn-clock", model_active: false },
    verdict: { class: "transient", reason: "no_first_event" },
    message: "The turn's time ran out before the model began to answer.",
    recording: "copilot/clock-turn-without-model",
  },
  {
    id: "any.clock.turn",
    cli,
    when: { stopped_by: "turn-clock" },
    verdict: { class: "timeout", reason: "turn_clock" },
    message: "The turn's time ran out (the node's `timeout`, or AGENT_RESULT_TIMEOUT_S).",
    recording: "claude/clock-turn",
  },
];

/** Answers that were lost. Tested before the rows for empty answers, which would match too. */
export const UNREAD_ROWS: readonly FailureRow[] = [
  {
    id: "any.line_too_long",
    cli,
    when: { end: "exited", line_too_long: true, answered: false },
    verdict: { class: "answer", reason: "output_limit" },
    message: "The answer is in a line that is longer than Longhaul reads (8 MiB).",
    recording: "codex/answer-9mb",
  },
  {
    id: "claude.answer.lost_at_exit",
    cli: "claude",
    when: { end: "exited", code: 0, final: false, line_cut: true },
    verdict: { class: "answer", reason: "output_limit" },
    message:
      "The end of the output is missing: the program exits before a very long answer (about 300 KB) is written completely. Write long texts into files and answer briefly.",
    recording: "answer-lost-at-exit",
    note: "its last line is incomplete; the same ask again would lose it again",
  },
];

/** Everything that no other row matches. Never an answer. */
export const LAST_ROWS: readonly FailureRow[] = [
  {
    id: "any.command_not_found",
    cli,
    when: { end: "exited", code: 127, final: false },
    verdict: { class: "config", reason: "cli_missing" },
    message: "The program, or a part of it, is not installed.",
    remedy: "Install it again; docs/backends.md names the version.",
    recording: "codex/no-node",
  },
  {
    id: "any.no_final_event",
    cli,
    when: { end: "exited", code: 0, final: false },
    verdict: { class: "transient", reason: "no_final_event" },
    message: "The program ended without saying how the turn ended.",
    recording: "claude/hook-sigint",
    note: "claude on SIGINT and copilot's native program on SIGTERM exit with code 0, with or without their final event",
  },
  {
    id: "any.unclassified",
    cli,
    when: {},
    verdict: { class: "transient", reason: "unclassified" },
    message: "The program ended in a way that Longhaul does not know.",
    recording: "codex/native-missing",
  },
];
