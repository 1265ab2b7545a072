import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene, expectExit, type Scene } from "../support/longhaul.ts";
import { PRICED_AGENT } from "../support/priced-agent.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { until } from "../support/until.ts";

/** A circle of one agent and one script, with the limits that its file sets. */
function circleScene(limits: string): { scene: Scene; env: Record<string, string> } {
  const scene = createScene();
  scene.write({
    "circle/workflow.yaml": `
name: circle
start: ask
limits: ${limits}
nodes:
  - { id: ask, type: agent, prompt: ask.md, next: note }
  - { id: note, type: script, script: note.sh, next: choose }
  - { id: choose, type: branch, path: nothing, cases: { x: done }, default: ask }
  - { id: done, type: terminal }
`,
    "circle/ask.md": "Say OK.",
    "circle/note.sh": "#!/usr/bin/env bash\ntrue\n",
    "bin/claude": PRICED_AGENT,
  });
  return { scene, env: { PATH: `${scene.path("bin")}:${process.env["PATH"] ?? ""}` } };
}

const circleRun = (scene: Scene) => openRunDirectory(join(scene.runs, "circle-default"));
const budgets = (scene: Scene) => scene.ledger().map((line) => /--max-budget-usd (\S+)/.exec(line)?.[1]);

describe("limits of a run", () => {
  it("stop it with exit 5, hold for the next start, and are raised by --limit, once per start", async () => {
    const { scene, env } = circleScene("{ cost_usd: 2.5 }");
    const first = await calls(scene, 5, ["run", "circle"], env);
    expect(first.stderr).toContain(
      "stopped (exit 5): The limit cost_usd=2.5 leaves no room for more: 2 USD are used, and the next turn is expected to use 1, like the last ones. To continue, start again with --limit cost_usd=3.8.",
    );
    await calls(scene, 5, ["run", "circle"], env);
    expect(budgets(scene)).toEqual(["2.5", "1.5"]);
    const raise = ["run", "circle", "--limit", "cost_usd=4", "--limit", "steps=1000"];
    await calls(scene, 5, raise, { ...env, LONGHAUL_START_ID: "monday" });
    expect(budgets(scene)).toHaveLength(4);
    expect(circleRun(scene).json("run.json")).toMatchObject({
      status: "stopped",
      exit_code: 5,
      totals: { cost_usd: 4 },
      limits: { cost_usd: 4, tokens: null, wall_clock_s: null, steps: 1000 },
    });
    await calls(scene, 5, ["run", "circle", "--limit", "cost_usd=5"], env);
    await calls(scene, 5, raise, { ...env, LONGHAUL_START_ID: "monday" });
    expect(circleRun(scene).json("run.json")["limits"]).toMatchObject({ cost_usd: 5, steps: 1000 });
    expect(budgets(scene)).toHaveLength(5);
    const { stdout } = await calls(scene, 0, ["show", "circle-default"]);
    expect(stdout).toMatch(/, 75 tokens, cost \$5\.00, .*\nlimits: \$5\.00, 1000 steps\n/);
  });

  it("count what was used before the process was killed", async () => {
    const { scene, env } = circleScene("{ tokens: 60 }");
    const killed = scene.start(["run", "circle"], { env: { ...env, HANG_AT: "3" } });
    await until(
      () => scene.ledger().length === 3,
      () => `a third turn; there are:\n${scene.ledger().join("\n")}`,
    );
    killed.child.kill("SIGKILL");
    await killed.ended;
    const ended = await calls(scene, 5, ["run", "circle"], env);
    expect(ended.stderr).toContain("The limit tokens=60 leaves no room for more: 60 tokens are used");
    expect(scene.ledger()).toHaveLength(5);
    expect(circleRun(scene).ofType("run.stopped")).toHaveLength(1);
  });

  it("may be given at the first start, and a wrong one is refused", async () => {
    const { scene, env } = circleScene("{ wall_clock: 1h }");
    await calls(scene, 5, ["run", "circle", "--limit", "steps=4"], env);
    expect(circleRun(scene).json("run.json")["limits"]).toEqual({
      cost_usd: null,
      tokens: null,
      wall_clock_s: 3600,
      steps: 4,
    });
    const unknown = await calls(scene, 2, ["run", "circle", "--limit", "cost=4"], env);
    expect(unknown.stderr).toContain("--limit cost=4: there is no such limit.");
    const bare = await calls(scene, 2, ["run", "circle", "--limit", "steps"], env);
    expect(bare.stderr).toContain("--limit steps: this is not a value for steps.");
    const wrong = await calls(scene, 2, ["run", "circle", "--limit", "wall_clock=soon"], env);
    expect(wrong.stderr).toContain("For example: --limit wall_clock=7d.");
  });

  it("end a wait when the wall clock is up", async () => {
    const { scene, env } = circleScene("{ wall_clock: 1h }");
    scene.write({ "circle/note.sh": "#!/usr/bin/env bash\nexit 75\n" });
    const waits = { env: { ...env, AGENT_INVOKE_BACKOFF_BASE_S: "900" } };
    const begun = scene.start(["run", "circle"], waits);
    await begun.said("waiting");
    begun.child.kill("SIGTERM");
    expectExit(75, await begun.ended);
    // Room for the start of a process, from now on: the wait is open already, however long it took to get there.
    const usedMs = Date.now() - Date.parse(circleRun(scene).events[0]?.at ?? "");
    const limit = `wall_clock=${Math.ceil(usedMs / 1000) + 3}s`;
    const ended = await scene.exits(5, ["run", "circle", "--limit", limit], waits);
    expect(ended.stderr).toContain(`The limit ${limit} leaves no room for more: the run began `);
    expect(circleRun(scene).ofType("wait.started")).toHaveLength(1);
    expect(circleRun(scene).ofType("wait.finished")).toEqual([]);
  });
});
