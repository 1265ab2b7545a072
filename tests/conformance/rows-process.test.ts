/** Rows of the failure table about the process itself, each with a real program driven into it; see rows.test.ts. */
import { chmodSync, closeSync, existsSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findProcess } from "../../src/process/process-table.ts";
import type { CliName } from "../support/clis.ts";
import { answer, forever, hold, silence, stall, toolCall } from "../support/model-server/script.ts";
import { copyCli, type PrivateCli } from "../support/private-cli.ts";
import { until } from "../support/until.ts";
import { type AgentRun, agentRun, expectExit, goOn, pidOfAttempt, TWICE_HELD } from "./agent-run.ts";
import { expectRow } from "./expect-row.ts";

const GOOD = '{"verdict":"good"}';
const MINUTE_MS = 60_000;
/** The first wait is the end of the test. */
const ONE_TRY = { AGENT_MAX_INVOKE_RETRIES: "0" };

/** Reports that it runs once its child is in a session of its own: claude kills the hook on SIGINT, and misses that child. */
const HOOK = `#!/bin/sh
cd "\${0%/*}" || exit
(setsid sh -c 'touch child-runs; exec sleep 7196' &)
until [ -e child-runs ]; do sleep 0.1; done
touch hook-runs
sleep 7196
`;
const beforeTools = (command: string): string =>
  JSON.stringify({ hooks: { PreToolUse: [{ hooks: [{ type: "command", command }] }] } });

describe("a program that cannot be started", () => {
  test(
    "any.start.missing: it is no program any more",
    async () => {
      const run = await brokenBeforeSecondStep("codex", ({ program }) => chmodSync(program, 0o644));
      expect(expectRow(run, "any.start.missing")).toMatchObject({ os_error: "EACCES" });
    },
    2 * MINUTE_MS,
  );

  test("any.start.no_cwd: its directory does not exist", async () => {
    const node = '    cwd: "{{ workspace }}/nowhere"\n    outputs: [{ key: verdict, default: none }]';
    const run = await agentRun({ cli: "codex", env: ONE_TRY, node, script: [] });
    expectExit(await run.run(["--no-wait"]), 3);
    expect(expectRow(run, "any.start.no_cwd")).toMatchObject({ exit_code: null, signal: null });
  });

  test("any.start.refused: its arguments are longer than the system takes", async () => {
    const words = "x".repeat(140_000);
    const schema = `{ type: string, description: ${words} }`;
    const node = `    outputs: [{ key: verdict, default: none, schema: ${schema} }]`;
    const run = await agentRun({ cli: "claude", env: ONE_TRY, node, script: [] });
    expectExit(await run.run(["--no-wait"]), 3);
    expect(expectRow(run, "any.start.refused")).toMatchObject({ exit_code: null, os_error: "E2BIG" });
  });

  test(
    "any.start.busy: it is being written for longer than is waited for",
    async () => {
      let open: number | undefined;
      const run = await brokenBeforeSecondStep("claude", ({ program }) => (open = openSync(program, "r+")));
      if (open !== undefined) closeSync(open);
      expect(expectRow(run, "any.start.busy")).toMatchObject({ os_error: "ETXTBSY" });
    },
    2 * MINUTE_MS,
  );
});

describe("a clock of Longhaul", () => {
  test("any.clock.first_event", async () => {
    const env = { ...ONE_TRY, AGENT_FIRST_EVENT_TIMEOUT_S: "4" };
    const run = await agentRun({ cli: "claude", script: [forever(silence())], env });
    expectExit(await run.run(["--no-wait"]), 75);
    expect(expectRow(run, "any.clock.first_event")).toMatchObject({ stopped_by: "first-event" });
  });

  test("any.clock.silence", async () => {
    const env = { ...ONE_TRY, AGENT_IDLE_TIMEOUT_S: "3" };
    const run = await agentRun({ cli: "codex", script: [toolCall("echo hi"), forever(stall())], env });
    expectExit(await run.run(["--no-wait"]), 75);
    expect(expectRow(run, "any.clock.silence")).toMatchObject({ stopped_by: "silence" });
  });

  const short = "    timeout: 15s\n    outputs: [{ key: verdict, default: none }]";

  test("any.clock.turn_without_model: an outage, not an answer that took too long", async () => {
    const run = await agentRun({ cli: "copilot", script: [forever(silence())], node: short, env: ONE_TRY });
    expectExit(await run.run(["--no-wait"]), 75);
    expect(expectRow(run, "any.clock.turn_without_model")).toMatchObject({ stopped_by: "turn-clock" });
  });

  test("any.clock.turn", async () => {
    const script = [toolCall("sleep 7198"), forever(answer(GOOD))];
    const run = await agentRun({ cli: "claude", script, node: short, env: ONE_TRY });
    expectExit(await run.run(["--no-wait"]), 0);
    expect(expectRow(run, "any.clock.turn")).toMatchObject({ stopped_by: "turn-clock" });
  });
});

describe("a program that ends", () => {
  test("any.command_not_found: the interpreter of its wrapper is gone", async () => {
    const run = await brokenBeforeSecondStep("codex", ({ bin }) => rmSync(join(bin, "node")));
    expect(expectRow(run, "any.command_not_found")).toMatchObject({ exit_code: 127 });
  });

  test.each(["codex", "copilot"] as const)(
    "any.line_too_long: %s answers in a line that is longer than is read",
    async (cli) => {
      const script = [answer("x".repeat(9 * 1024 * 1024)), forever(answer(GOOD))];
      const run = await agentRun({ cli, script, env: ONE_TRY });
      expectExit(await run.run(["--no-wait"]), 0);
      if (cli === "codex") expectRow(run, "any.line_too_long");
      expect(run.attempts()).toEqual(["task answer/output_limit", "correct finished repaired"]);
    },
  );

  test("claude.answer.lost_at_exit: an answer so long that claude ends before all of it was read", async () => {
    const script = [hold(answer("x".repeat(2_000_000))), forever(answer(GOOD))];
    const run = await agentRun({ cli: "claude", script, env: ONE_TRY });
    const started = run.start(["--no-wait"]);
    await run.server.waitForRequest(1);
    const program = await pidOfAttempt(run, "01");
    process.kill(started.pid, "SIGSTOP"); // how much is lost depends on how fast it is read; so nobody reads
    run.server.release();
    await until(
      () => findProcess(program)?.alive !== true,
      () => "claude did not end",
    );
    process.kill(started.pid, "SIGCONT");
    expectExit(await started.ended, 0);
    expect(expectRow(run, "claude.answer.lost_at_exit")).toMatchObject({ exit_code: 0, signal: null });
    expect(run.attempts()).toEqual(["task answer/output_limit", "correct finished repaired"]);
  });

  // SIGINT makes claude abort its turn and exit at the same time. While it waits for the model either may be first, so the turn's
  // result is printed or not. Here the turn waits for the end of the hook's output, which the child keeps open; the exit does not.
  test("any.no_final_event: claude that gets a SIGINT while a hook runs whose child outlives it", async () => {
    const run = await agentRun({ cli: "claude", script: [toolCall("true")], env: ONE_TRY });
    run.scene.write({
      "hook.sh": HOOK,
      "home/.claude/settings.json": beforeTools(run.scene.path("hook.sh")),
    });
    const started = run.start(["--no-wait"]);
    await until(
      () => existsSync(run.scene.path("hook-runs")),
      () => `the hook did not run:\n${started.stderr()}`,
    );
    process.kill(await pidOfAttempt(run, "01"), "SIGINT");
    expectExit(await started.ended, 75);
    expect(expectRow(run, "any.no_final_event")).toMatchObject({ exit_code: 0, signal: null });
  });

  test("any.unclassified: half of it is installed; what it said is kept", async () => {
    const run = await brokenBeforeSecondStep("codex", ({ program }) =>
      rmSync(join(program, "../../../codex-linux-x64")),
    );
    expectRow(run, "any.unclassified");
    const kept = run.directory().json("again/attempts/01/unclassified.json");
    expect(kept["stderr_tail"]).toContain("Missing optional dependency");
  });
});

/** Two agent steps and a script between them, in which the program of the second is taken apart. */
async function brokenBeforeSecondStep(
  cli: CliName,
  takeApart: (program: PrivateCli) => unknown,
): Promise<AgentRun> {
  const script = [answer('{"first":1}'), forever(answer(GOOD))];
  const run = await agentRun({ cli, env: ONE_TRY, node: TWICE_HELD, script });
  const program = copyCli(cli, run.clis, run.scene.root);
  const started = run.start(["--no-wait"], { PATH: program.bin });
  await started.said("#2");
  takeApart(program);
  goOn(run);
  expectExit(await started.ended, 75);
  expect(run.directory().ofType("step.finished")).toHaveLength(2);
  return run;
}
