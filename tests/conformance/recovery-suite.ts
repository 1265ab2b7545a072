/** Sessions and logins with a real CLI, told as one story per test; the same for all three. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeLoginFile } from "../support/cli-environment.ts";
import type { CliName } from "../support/clis.ts";
import { messagesWith } from "../support/model-server/record.ts";
import { answer, forever, hold, overflow, status, toolCall } from "../support/model-server/script.ts";
import { until } from "../support/until.ts";
import { wholeLines } from "../support/whole-lines.ts";
import { type AgentRun, agentRun, expectExit, TWICE } from "./agent-run.ts";
import { expectRow } from "./expect-row.ts";

const GOOD = '{"verdict":"good"}';
const MINUTE_MS = 60_000;
/** Where each CLI keeps its sessions, below HOME. */
const SESSIONS: Readonly<Record<CliName, string>> = {
  claude: ".claude/projects",
  codex: ".codex/sessions",
  copilot: ".copilot/session-state",
};
/** The row of a session that has grown too long; a fresh one that holds nothing but the prompt has another. */
const GROWN: Readonly<Record<CliName, string>> = {
  claude: "claude.overflow.prompt_too_long",
  codex: "codex.overflow.context",
  copilot: "copilot.overflow.context",
};

export function recoverySuite(cli: CliName): void {
  describe("a session", () => {
    test("is gone on with after SIGKILL of the runner in mid-turn, the prompt in it once", async () => {
      const run = await agentRun({
        cli,
        script: [toolCall("echo ONE-TOOL"), hold(answer("late")), answer(GOOD)],
      });
      const first = run.start();
      await run.server.waitForRequest(2);
      await streamHolds(run, "ONE-TOOL"); // the CLI may be ahead of who reads it
      first.child.kill("SIGKILL");
      await first.ended;
      const second = await run.run();
      expectExit(second, 0);
      expect(run.attempts()).toEqual(["task interrupted", "continue finished agent"]);
      // What the cut turn used counts as far as the CLI had told it; what it cost nobody knows.
      const [cut] = run.directory().ofType("attempt.interrupted");
      expect(cut?.usage).toMatchObject({ input_tokens: 100, unpriced_turns: 1 });
      const last = run.server.requests.at(-1);
      expect(last && messagesWith(last, "MARKER-TASK")).toBe(1);
      expect(last && messagesWith(last, "ONE-TOOL")).toBeGreaterThan(0);
    });

    test("that overflows is compacted, and the same prompt goes on in it", async () => {
      const tools = [1, 2, 3, 4, 5].map((n) => toolCall(`echo ${n}`));
      const run = await agentRun({
        cli,
        script: [...tools, overflow(), answer("SUMMARY-OF-WORK"), answer(GOOD)],
        env: { DISABLE_AUTO_COMPACT: "1" },
      });
      const ended = await run.run();
      expectExit(ended, 0);
      expect(run.attempts()).toEqual(["task overflow/context", "resend finished agent"]);
      expectRow(run, GROWN[cli]);
      expect(run.directory().ofType("compact.finished")).toHaveLength(1);
      expect(run.directory().ofType("compact.finished")[0]).not.toHaveProperty("failure");
      const last = run.server.requests.at(-1);
      expect(last && messagesWith(last, "SUMMARY-OF-WORK")).toBeGreaterThan(0);
    });

    test(
      "that is gone is replaced by a fresh one, free of charge",
      async () => {
        const run = await agentRun({
          cli,
          script: [status(500), forever(status(500))],
          env: { AGENT_MAX_INVOKE_RETRIES: "0" },
        });
        const first = await run.run(["--no-wait"]);
        expectExit(first, 75);
        rmSync(join(run.scene.home, SESSIONS[cli]), { recursive: true });
        run.server.setScript([answer(GOOD)]);
        const second = await run.run();
        expectExit(second, 0);
        expect(run.attempts().slice(-2)).toEqual([
          "continue session_lost/unknown_session",
          "task finished agent",
        ]);
        expect(waitsAfter(run, "session_lost")).toEqual([]);
      },
      2 * MINUTE_MS,
    );
  });

  describe("logins", () => {
    test(
      "a login refused in the middle parks the run, and it goes on by itself",
      async () => {
        const run = await agentRun({
          cli,
          node: TWICE,
          script: [answer('{"first":1}'), forever(status(401))],
          env: { AGENT_INVOKE_BACKOFF_BASE_S: "0.2" },
        });
        const started = run.start();
        await started.said("park");
        run.server.setScript([answer(GOOD)]);
        const ended = await started.ended;
        expectExit(ended, 0);
        expect(
          run
            .directory()
            .ofType("wait.started")
            .some((wait) => wait.for === "park"),
        ).toBe(true);
        expect(run.directory().json("context.json")).toMatchObject({ verdict: "good" });
      },
      2 * MINUTE_MS,
    );
  });

  // copilot takes a provider's key only by environment, which no other run can rotate.
  if (cli !== "copilot") rotatedLogin(cli);
}

function rotatedLogin(cli: "claude" | "codex"): void {
  test("one that another run rotated gets one free retry", async () => {
    const run = await agentRun({
      cli,
      node: TWICE,
      login: "file",
      script: [answer('{"first":1}'), hold(status(401)), answer(GOOD)],
    });
    const started = run.start();
    await run.server.waitForRequest(2);
    await writeLoginFile({ cli, home: run.scene.home, credential: "rotated-credential-987654321" });
    run.server.release();
    const ended = await started.ended;
    expectExit(ended, 0);
    expect(run.directory().ofType("attempt.failed")[0]?.failure).toMatchObject({
      class: "auth",
      login_changed: true,
    });
    expect(run.directory().ofType("wait.started")).toEqual([]);
  });
}

/** Resolves when a whole line with the words is kept of what the first attempt printed. */
async function streamHolds(run: AgentRun, words: string): Promise<void> {
  const stream = join(run.scene.runs, "one-default/ask/attempts/01/events.jsonl");
  await until(
    () => wholeLines(stream).some((line) => line.includes(words)),
    () => `a line with ${words} in ${stream}, which has:\n${wholeLines(stream).join("\n")}`,
  );
}

/** What was waited for after the first failure of a class. */
function waitsAfter(run: AgentRun, failureClass: string): readonly string[] {
  const { events } = run.directory();
  const from = events.findIndex(
    (event) => event.type === "attempt.failed" && event.failure.class === failureClass,
  );
  return events.slice(from).flatMap((event) => (event.type === "wait.started" ? [event.for] : []));
}
