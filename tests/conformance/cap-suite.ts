/** Usage caps with a real CLI: waited out, seen in the middle of a turn, lifted early. The same for all three. */
import { describe, expect, test } from "vitest";
import type { CliName } from "../support/clis.ts";
import { messagesWith, type RecordedRequest } from "../support/model-server/record.ts";
import { answer, capWithReset, forever, toolCall } from "../support/model-server/script.ts";
import { type AgentRun, agentRun, expectExit } from "./agent-run.ts";

const GOOD = '{"verdict":"good"}';
const FAR_S = 300;

export function capSuite(cli: CliName): void {
  // Only a subscription has caps with claude.
  const login = cli === "claude" ? "subscription" : "api-key";

  describe("a cap", () => {
    test("seen at the start is waited out once, to its reset, and nothing is reframed", async () => {
      const run = await agentRun({
        cli,
        login,
        script: [capWithReset({ inSeconds: 3 }), answer(GOOD)],
        env: { AGENT_CAP_DEFAULT_WAIT_S: "2" },
      });
      expectExit(await run.run(), 0);
      expect(run.attempts()).toEqual([`task cap/${REASON[cli]}`, "continue finished agent"]);
      expect(waits(run)).toEqual(["cap elapsed"]);
      expectNothingCharged(run);
    });

    test("in the middle of a turn: one wait, and the turn goes on after its tool call", async () => {
      const run = await agentRun({
        cli,
        login,
        script: [toolCall("echo BEFORE-THE-CAP"), capWithReset({ inSeconds: 2 }), answer(GOOD)],
        env: { AGENT_CAP_DEFAULT_WAIT_S: "2" },
      });
      expectExit(await run.run(), 0);
      expect(run.attempts()).toEqual([`task cap/${REASON[cli]}`, "continue finished agent"]);
      expect(waits(run)).toEqual(["cap elapsed"]);
      const last = run.server.requests.at(-1);
      expect(last && messagesWith(last, "BEFORE-THE-CAP")).toBeGreaterThan(0);
      expect(last && messagesWith(last, "MARKER-TASK")).toBe(1);
    });

    test("that is lifted early is noticed by a probe, and the run goes on before the reset", async () => {
      const capped = capWithReset({ inSeconds: FAR_S });
      const probes: RecordedRequest[] = [];
      const run = await agentRun({
        cli,
        login,
        script: [
          capped,
          forever((request) => {
            if (!isProbe(request)) return probes.length < 2 ? capped : answer(GOOD);
            probes.push(request);
            return probes.length < 2 ? capped : answer("OK");
          }),
        ],
        env: { AGENT_CAP_DEFAULT_WAIT_S: String(FAR_S), AGENT_CAP_PROBE_S: "1" },
      });
      expectExit(await run.run(), 0);
      expect(run.attempts()).toEqual([`task cap/${REASON[cli]}`, "continue finished agent"]);
      expect(waits(run)).toEqual(["cap probe"]);
      const looked = run.directory().ofType("probe.finished");
      expect(looked.map(({ ok, failure }) => [ok, failure?.class])).toEqual([
        [false, "cap"],
        [true, undefined],
      ]);
      for (const probe of probes) expect(messagesWith(probe, "MARKER-TASK")).toBe(0);
      const last = run.server.requests.at(-1);
      expect(last && messagesWith(last, "single word OK")).toBe(0);
      expect(run.directory().text("ask/probes/02/events.jsonl")).toContain("OK");
      expectNothingCharged(run);
    });
  });
}

/** The scripted session cap in each CLI's words; copilot names no window. */
const REASON: Readonly<Record<CliName, string>> = { claude: "session", codex: "session", copilot: "usage" };

const isProbe = (request: RecordedRequest): boolean => messagesWith(request, "single word OK") > 0;

/** What was waited for, and how each wait ended. */
function waits(run: AgentRun): readonly string[] {
  const directory = run.directory();
  const ends = directory.ofType("wait.finished").map(({ how }) => how);
  return directory.ofType("wait.started").map((wait, index) => `${wait.for} ${ends[index]}`);
}

function expectNothingCharged(run: AgentRun): void {
  const [finished] = run.directory().ofType("step.finished");
  expect(finished?.sources).toEqual({ verdict: { source: "agent", tainted_by: [] } });
  expect(run.attempts().filter((line) => /^(?:correct|reframe)/.test(line))).toEqual([]);
}
