/** What stops a turn of a real CLI, and that nothing of it is left and its session goes on. The same for all three. */
import { readFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import type { CliName } from "../support/clis.ts";
import { liveSteps } from "../support/live-steps.ts";
import { messagesWith } from "../support/model-server/record.ts";
import { answer, forever, silence, stall, toolCall } from "../support/model-server/script.ts";
import { until } from "../support/until.ts";
import { type AgentRun, agentRun, expectExit } from "./agent-run.ts";

const GOOD = '{"verdict":"good"}';
const MINUTE_MS = 60_000;
/** A tool whose children ignore what asks them to end, one of them in a session of its own. */
const STUBBORN = `(setsid bash -c "trap '' TERM INT HUP; sleep 7199; true" &); trap '' TERM INT; sleep 7199 & wait`;

export function stopSuite(cli: CliName): void {
  describe("a turn that is stopped", () => {
    test(
      "because the API accepts and hangs: an outage, never an answer",
      async () => {
        const env = { AGENT_FIRST_EVENT_TIMEOUT_S: "4", AGENT_MAX_INVOKE_RETRIES: "0" };
        const run = await agentRun({ cli, script: [forever(silence())], env });
        expectExit(await run.run(["--no-wait"]), 75);
        expect(run.attempts()).toEqual(["task transient/no_first_event"]);
        expect(run.directory().ofType("step.finished")).toEqual([]);
        expect(left(run)).toEqual([]);
        run.server.setScript([forever(answer(GOOD))]);
        expectExit(await run.run([], { AGENT_FIRST_EVENT_TIMEOUT_S: "900" }), 0);
        expect(run.attempts().at(-1)).toMatch(/finished agent$/);
        expectPromptOnce(run);
      },
      2 * MINUTE_MS,
    );

    test(
      "by silence, which that of a running tool is not",
      async () => {
        const run = await agentRun({
          cli,
          script: [toolCall("sleep 8; echo SLEPT"), stall(), answer(GOOD)],
          env: { AGENT_IDLE_TIMEOUT_S: "6" }, // within which a busy machine asks the model again
        });
        expectExit(await run.run(), 0);
        expect(run.attempts()).toEqual(["task transient/silence", "continue finished agent"]);
        expect(left(run)).toEqual([]);
        expectPromptOnce(run);
        const last = run.server.requests.at(-1);
        expect(last && messagesWith(last, "SLEPT")).toBeGreaterThan(0);
      },
      2 * MINUTE_MS,
    );

    test(
      "because its time is up while a tool runs whose children ignore signals",
      async () => {
        const run = await agentRun({
          cli,
          script: [toolCall(STUBBORN), answer(GOOD)],
          node: "    timeout: 16s\n    outputs: [{ key: verdict, default: none }]",
        });
        const started = run.start();
        await toolRuns(run);
        expectExit(await started.ended, 0);
        expect(run.attempts()).toEqual(["task timeout/turn_clock", "notice finished agent"]);
        expect(left(run)).toEqual([]);
        expectPromptOnce(run);
      },
      2 * MINUTE_MS,
    );

    test(
      "with Longhaul, by SIGTERM, while such a tool runs",
      async () => {
        const run = await agentRun({ cli, script: [toolCall(STUBBORN), answer(GOOD)] });
        const started = run.start();
        await toolRuns(run);
        started.child.kill("SIGTERM");
        expectExit(await started.ended, 75);
        expect(left(run)).toEqual([]);
        expectExit(await run.run(), 0);
        expect(run.attempts()).toEqual(["task interrupted", "continue finished agent"]);
        expectPromptOnce(run);
      },
      2 * MINUTE_MS,
    );

    test(
      "with Longhaul, by SIGKILL: the next start ends what is left before it goes on",
      async () => {
        const run = await agentRun({ cli, script: [toolCall(STUBBORN), answer(GOOD)] });
        const started = run.start();
        await toolRuns(run);
        started.child.kill("SIGKILL");
        await started.ended;
        expect(left(run).filter(isSleeper)).toHaveLength(2);
        expectExit(await run.run(), 0);
        expect(left(run)).toEqual([]);
        expectPromptOnce(run);
      },
      2 * MINUTE_MS,
    );
  });
}

/** Command lines of what still lives of the run's steps: wrappers, native programs, tools and their children. */
const left = (run: AgentRun): readonly string[] => liveStepsOf(run).map(commandLine);

function liveStepsOf(run: AgentRun): readonly number[] {
  const [started] = run.directory().ofType("run.started");
  if (started === undefined) throw new Error("The run has not started.");
  return liveSteps(started.uuid);
}

const isSleeper = (line: string): boolean => line.startsWith("sleep 7199");

/** Resolves when both children of the tool run, below the program that was started. */
async function toolRuns(run: AgentRun): Promise<void> {
  onTestFinished(() => liveStepsOf(run).forEach((pid) => process.kill(pid, "SIGKILL"))); // after a failure
  await run.server.waitForRequest(1);
  await until(
    () => left(run).filter(isSleeper).length === 2,
    () => `the tool with its children:\n${left(run).join("\n")}`,
  );
}

function expectPromptOnce(run: AgentRun): void {
  const last = run.server.requests.at(-1);
  expect(last && messagesWith(last, "MARKER-TASK")).toBe(1);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // it ended meanwhile
  }
}
