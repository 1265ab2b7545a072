import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CliName } from "../../../src/backends/backend.ts";
import type { TurnReport } from "../../../src/backends/turn-report.ts";
import { classify, classifyCompaction, findRow, wasCutOff } from "../../../src/recovery/classify.ts";
import type { FailureRow } from "../../../src/backends/failure-row.ts";
import { FAILURE_TABLE } from "../../../src/recovery/failure-table.ts";
import { endIn, playCompaction, playTurn, RECORDINGS } from "../../support/recorded-turn.ts";

const CONFORMANCE = join(import.meta.dirname, "../../conformance");

/** Where a row's recording is; rows for any CLI name the folder too. */
function recordingOf({ cli, recording }: FailureRow): readonly [CliName, string] {
  const [folder, name] = cli === "any" ? recording.split("/") : [cli, recording];
  if (folder === undefined || name === undefined) throw new Error(`${recording} does not say whose it is.`);
  return [folder as CliName, name]; // a folder that is none is found missing
}

describe("each row is decided by its own recording of the real program", () => {
  test.each(FAILURE_TABLE.map((row) => [row.id, row] as const))("%s", async (id, row) => {
    const [cli, name] = recordingOf(row);
    expect(existsSync(join(RECORDINGS, cli, `${name}.jsonl`))).toBe(true);
    expect(await verdictOf(row, cli, name)).toEqual({ ...row.verdict, signal: id });
  });
});

test("each row is named by a conformance test that drives the program into it", () => {
  const suites = readdirSync(CONFORMANCE).map((name) => readFileSync(join(CONFORMANCE, name), "utf8"));
  const unnamed = FAILURE_TABLE.filter(({ id }) => !suites.some((text) => text.includes(`"${id}`)));
  expect(unnamed.map(({ id }) => id)).toEqual([]);
});

/** What is made of the recording, by class, reason and row. */
async function verdictOf(row: FailureRow, cli: CliName, name: string) {
  const isCompaction = row.when["compacting"] === true || endIn(cli, name).compaction === true;
  const { report } = isCompaction
    ? await playCompaction(cli, name)
    : await playTurn(cli, name, { withoutSessionFile: row.id.endsWith("_text") });
  const facts = isCompaction ? { ...report.facts, compacting: true } : report.facts;
  const { id, verdict } = findRow({ ...report, facts });
  return { ...verdict, signal: id };
}

describe("compactions", () => {
  test.each([
    ["claude", "compact-toolturn-2-compact", { class: "success" }],
    ["claude", "compact-3-too-few-2-turns", { class: "overflow", reason: "stuck" }],
    ["claude", "compact-3turns-6-empty-summary", { class: "overflow", reason: "stuck" }],
    ["claude", "compact-5-error", { class: "transient", reason: "server_error" }],
    ["codex", "compact-3-appserver", { class: "success" }],
    ["codex", "compact-6-appserver-error", { class: "auth", reason: "rejected" }],
    ["copilot", "compact-5-error", { class: "transient", reason: "server_error" }],
  ] as const)("%s %s", async (cli, name, expected) => {
    const failure = classifyCompaction(await playCompaction(cli, name));
    expect(failure ?? { class: "success" }).toMatchObject(expected);
  });

  test("a compaction that ends without error and without effect is stuck", async () => {
    const report = await playCompaction("copilot", "success");
    expect(classifyCompaction(report)).toMatchObject({
      class: "overflow",
      reason: "stuck",
      signal: "copilot.compact.nothing_done",
    });
  });
});

test.each([
  ["claude", "e401-oauth", "auth", "rejected"],
  ["claude", "e403", "auth", "rejected"],
  ["claude", "e500", "transient", "server_error"],
  ["claude", "e502", "transient", "server_error"],
  ["claude", "e529", "transient", "server_error"],
  ["claude", "dns-failure", "transient", "network"],
  ["claude", "hang-timeout-r0", "transient", "network"],
  ["claude", "cap-429-apikey", "transient", "rate_limit"],
  ["claude", "cap-429-oauth-noclaim", "transient", "rate_limit"],
  ["claude", "stdin-1mb", "overflow", "prompt"],
  ["claude", "e400-overflow", "overflow", "prompt"],
  ["claude", "overflow-after-tools", "overflow", "context"],
  ["claude", "autocompact-4-stuck-too-few-groups", "overflow", "stuck"],
  ["claude", "max-turns-1", "answer", "budget"],
  ["claude", "refusal-empty", "answer", "refusal"],
  ["claude", "hang-sigint", "transient", "no_final_event"],
  ["codex", "e400-overflow", "overflow", "prompt"],
  ["codex", "overflow-after-tools", "overflow", "context"],
  ["codex", "e429-usage-limit-noreset", "cap", "usage"],
  ["codex", "e429-usage-not-included", "auth", "billing"],
  ["codex", "stream-quota", "auth", "billing"],
  ["codex", "refusal", "answer", "empty"],
  ["codex", "auto-compact-fail-2", "transient", "server_error"],
  ["codex", "readonly-home", "config", "bad_config"],
  ["codex", "unknown-provider", "config", "bad_config"],
  ["codex", "midstream-clean-eof", "transient", "stream_cut"],
  ["codex", "no-credentials-default-provider", "auth", "no_login"],
  ["copilot", "e400-overflow", "overflow", "prompt"],
  ["copilot", "overflow-after-tools", "overflow", "context"],
  ["copilot", "e403", "auth", "rejected"],
  ["copilot", "e529", "transient", "server_error"],
  ["copilot", "midstream-disconnect", "transient", "network"],
  ["copilot", "malformed-sse", "transient", "network"],
  ["copilot", "refusal", "answer", "empty"],
  ["copilot", "native-hang-sigterm", "transient", "no_final_event"],
  ["copilot", "effort-bogus", "config", "bad_flag"],
] as const)("%s %s is %s/%s", async (cli, name, failureClass, reason) => {
  const { report } = await playTurn(cli, name);
  expect(classify(report)).toMatchObject({ class: failureClass, reason });
});

const verdictOn = async (cli: CliName, name: string) => classify((await playTurn(cli, name)).report);

test("active overage is not a cap although its status says rejected", async () => {
  const { report } = await playTurn("claude", "success-overage-oauth");
  expect(report.facts["rate_limit.status"]).toBe("rejected");
  expect(classify(report)).toBeUndefined();
});

test.each([
  ["claude", "answer-quotes-lost-session"],
  ["copilot", "subagent-e401"],
] as const)(
  "%s %s: words in an answer and failures of a sub-agent are none of the turn",
  async (cli, name) => {
    expect(await verdictOn(cli, name)).toBeUndefined();
  },
);

test("reset times come from structured fields, else from codex's words", async () => {
  expect(await verdictOn("claude", "cap-429-oauth")).toMatchObject({ resets_at_ms: 1795258455000 });
  expect(await verdictOn("codex", "e429-usage-limit")).toMatchObject({ resets_at_ms: 1795258455000 });
  expect(await verdictOn("codex", "e429-usage-limit-tomorrow")).toMatchObject({
    resets_at_ms: new Date(2026, 10, 24, 8, 11).getTime(),
  });
  expect(await verdictOn("codex", "e429-usage-limit-noreset")).not.toHaveProperty("resets_at_ms");
  expect(await verdictOn("copilot", "e429-weekly")).not.toHaveProperty("resets_at_ms");
});

test("an authentication failure says how to log in, and quotes the CLI", async () => {
  const { report } = await playTurn("copilot", "no-credentials");
  const failure = classify(report);
  expect(failure?.remedy).toContain("COPILOT_GITHUB_TOKEN");
  expect(failure?.message).toContain("No authentication information found");
});

describe("within a CLI, overflow is tested before cap, cap before transient", () => {
  test.each(["claude", "codex", "copilot"] as const)("%s", (cli) => {
    const classes = FAILURE_TABLE.filter((row) => row.cli === cli && !row.id.includes(".compact.")).map(
      ({ verdict }) => verdict.class,
    );
    expect(classes.lastIndexOf("overflow")).toBeLessThan(classes.indexOf("cap"));
    expect(classes.lastIndexOf("cap")).toBeLessThan(classes.indexOf("transient"));
    expect(classes.lastIndexOf("success")).toBe(classes.length - 1);
  });

  test("our clocks come after the CLIs' own rows, and unknown shapes last", () => {
    const ids = FAILURE_TABLE.map(({ id }) => id);
    expect(ids.indexOf("any.clock.turn")).toBeGreaterThan(ids.indexOf("copilot.transient.server"));
    expect(ids.at(-1)).toBe("any.unclassified");
    expect(new Set(ids).size).toBe(ids.length);
  });
});

const bare: TurnReport = {
  cli: "claude",
  end: { kind: "exited", code: 0 },
  facts: {},
  text: "",
  structured: undefined,
  sessionId: null,
  usage: undefined,
  model: undefined,
  expectedModel: undefined,
  sawModelEvent: false,
  sawFinalEvent: false,
  stderrTail: "",
  endedAtMs: 0,
};

describe("processes", () => {
  test.each([
    ["ENOENT", "config", "cli_missing"],
    ["EACCES", "config", "cli_missing"],
    ["NO_CWD", "config", "bad_config"],
    ["ETXTBSY", "transient", "spawn_busy"],
    ["EAGAIN", "transient", "spawn_busy"],
    ["E2BIG", "config", "bad_config"],
  ])("not started, %s: %s/%s", (code, failureClass, reason) => {
    const end = { kind: "not_started", code, message: "spawn failed" } as const;
    expect(classify({ ...bare, end })).toMatchObject({ class: failureClass, reason });
  });

  test.each([
    ["first-event", false, "transient", "no_first_event"],
    ["silence", true, "transient", "silence"],
    ["turn-clock", false, "transient", "no_first_event"],
    ["turn-clock", true, "timeout", "turn_clock"],
  ] as const)("stopped by %s, model active %s: %s/%s", (stoppedBy, active, failureClass, reason) => {
    const end = { kind: "signalled", signal: "SIGINT", stoppedBy } as const;
    const report = { ...bare, end, sawModelEvent: active };
    expect(wasCutOff(report)).toBe(false);
    expect(classify(report)).toMatchObject({ class: failureClass, reason });
  });

  test("a process that hangs after its final event is judged by that event", async () => {
    const { report } = await playTurn("claude", "success", { stoppedBy: "grace" });
    expect(wasCutOff(report)).toBe(false);
    expect(classify(report)).toBeUndefined();
  });

  test("an unknown end of claude is not an answer, not even an empty one", () => {
    const facts = { is_error: false, subtype: "new", terminal_reason: "completed" };
    expect(classify({ ...bare, facts, sawFinalEvent: true })).toMatchObject({ reason: "unclassified" });
  });

  test.each([
    ["codex", { turn: null }],
    ["copilot", {}],
  ] as const)(
    "%s: what went wrong in a tool is on stderr too, and says nothing of the turn",
    (cli, facts) => {
      const end = { kind: "signalled", signal: "SIGTERM", stoppedBy: "silence" } as const;
      const stderrTail =
        "ERROR tools::router: error=exec_command failed: EACCES: Permission denied (os error 13)";
      const report = { ...bare, cli, end, facts, stderrTail };
      expect(classify({ ...report, sawModelEvent: true })).toMatchObject({ reason: "silence" });
      expect(classify({ ...report, sawModelEvent: false })).toMatchObject({ reason: "bad_config" });
    },
  );

  test("an unknown shape is not an answer", () => {
    expect(classify({ ...bare, end: { kind: "exited", code: 42 } })).toMatchObject({
      class: "transient",
      reason: "unclassified",
      message: "claude: The program ended in a way that Longhaul does not know. Exit code 42.",
    });
  });
});

describe("cut off rather than failed", () => {
  test.each([
    ["our stop", { kind: "exited", code: 0, stoppedBy: "abort" }, true],
    ["a signal not ours", { kind: "signalled", signal: "SIGKILL" }, true],
    ["the exit code of a signal", { kind: "exited", code: 143 }, true],
    ["an ordinary exit", { kind: "exited", code: 1 }, false],
    ["our clock", { kind: "signalled", signal: "SIGTERM", stoppedBy: "silence" }, false],
  ] as const)("%s", (_name, end, expected) => {
    expect(wasCutOff({ ...bare, end })).toBe(expected);
  });

  test.each(["claude", "codex", "copilot"] as const)("%s on SIGTERM while the API hangs", async (cli) => {
    expect(wasCutOff((await playTurn(cli, "hang-sigterm")).report)).toBe(true);
  });

  test("claude on SIGINT in a tool ends with a result that says so", async () => {
    expect(wasCutOff((await playTurn("claude", "tool-sigint")).report)).toBe(true);
  });
});
