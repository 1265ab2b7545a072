/** The program behind an agent: replaced on disk while it starts, and slow to leave. The same for all three. */
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, renameSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { CliName } from "../support/clis.ts";
import { answer, forever, hold } from "../support/model-server/script.ts";
import { copyCli } from "../support/private-cli.ts";
import { agentRun, expectExit, goOn, pidOfAttempt, TWICE_HELD } from "./agent-run.ts";

const GOOD = '{"verdict":"good"}';
/** Long enough for a start or two to fail. */
const A_MOMENT_MS = 1500;
const UNDISTURBED = ["task finished agent", "script finished script", "task finished agent"];

export function programSuite(cli: CliName): void {
  describe("the program", () => {
    test("may be missing for a moment while it is replaced", async () => {
      const run = await agentRun({ cli, script: [answer('{"first":1}'), answer(GOOD)], node: TWICE_HELD });
      const bin = run.scene.path("bin");
      mkdirSync(bin);
      symlinkSync(run.clis[cli], join(bin, cli));
      const node = process.execPath.replace(/\/node$/, "");
      const started = run.start([], { PATH: `${bin}:/usr/bin:/bin:${node}` });
      await run.server.waitForRequest(1);
      await started.said("#2");
      unlinkSync(join(bin, cli));
      goOn(run);
      await started.said("#3");
      await sleep(A_MOMENT_MS);
      symlinkSync(run.clis[cli], join(bin, cli));
      expectExit(await started.ended, 0);
      expect(run.attempts()).toEqual(UNDISTURBED);
    });

    test("may be busy for a moment while it is written anew (ETXTBSY)", async () => {
      const run = await agentRun({ cli, script: [answer('{"first":1}'), answer(GOOD)], node: TWICE_HELD });
      const { bin, program } = copyCli(cli, run.clis, run.scene.root);
      const started = run.start([], { PATH: bin });
      await started.said("#2");
      const open = openSync(program, "r+");
      expect(spawnSync(program, ["--version"]).error).toMatchObject({ code: "ETXTBSY" });
      goOn(run);
      await started.said("#3");
      await sleep(A_MOMENT_MS);
      closeSync(open);
      expectExit(await started.ended, 0);
      expect(run.attempts()).toEqual(UNDISTURBED);
    });

    // The wrapper is there and starts; what it starts is not. Only claude is a program of one file.
    if (cli !== "claude") nativeMissing(cli);
  });

  test("a program that hangs after its final event is stopped, and its answer counts", async () => {
    const run = await agentRun({
      cli,
      script: [hold(answer(GOOD))],
      env: { ...HANGS, AGENT_EXIT_GRACE_S: "1" },
    });
    if (cli === "claude") run.scene.write({ "home/.claude/settings.json": SLOW_HOOK });
    const started = run.start();
    await run.server.waitForRequest(1);
    if (cli !== "claude") process.kill(await pidOfAttempt(run, "01"), "SIGSTOP");
    run.server.release();
    expectExit(await started.ended, 0);
    const [finished] = run.directory().ofType("attempt.finished");
    expect(finished).toMatchObject({ outputs: { verdict: "good" }, stopped_by: "grace" });
  });
}

function nativeMissing(cli: "codex" | "copilot"): void {
  test("may be there without its native part for a moment: an outage that passes", async () => {
    const script = [answer('{"first":1}'), forever(answer(GOOD))];
    const run = await agentRun({ cli, script, node: TWICE_HELD, env: { AGENT_INVOKE_BACKOFF_CAP_S: "1" } });
    const { bin, modules } = copyCli(cli, run.clis, run.scene.root);
    const native = join(modules, NATIVE[cli]);
    const started = run.start([], { PATH: bin });
    await started.said("#2");
    renameSync(native, `${native}.away`);
    goOn(run);
    await started.said("transient/unclassified");
    renameSync(`${native}.away`, native);
    expectExit(await started.ended, 0);
    expect(run.attempts().at(-1)).toBe("task finished agent");
  });
}

const NATIVE = { codex: "@openai/codex-linux-x64", copilot: "@github/copilot-linux-x64" } as const;

/** claude waits for this after its result; the wrappers of the others are stopped in their tracks instead. */
const SLOW_HOOK = JSON.stringify({
  hooks: { SessionEnd: [{ hooks: [{ type: "command", command: "sleep 7197", timeout: 7200 }] }] },
});
const HANGS = { CLAUDE_CODE_SESSIONEND_HOOKS_TIMEOUT_MS: "7200000" };
