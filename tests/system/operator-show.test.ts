import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene } from "../support/longhaul.ts";
import { gatedScene, startToTheGate } from "../support/operator-workflow.ts";
import { treeOf } from "../support/run-directory.ts";
import { walkWorkflow } from "../support/walk-workflow.ts";

const HELLO_WORLD = join(import.meta.dirname, "../../workflows/hello-world");

const TAINTED = {
  "tainted/workflow.yaml": `
name: tainted
start: plan
nodes:
  - { id: plan, type: agent, prompt: prompts/plan.md, outputs: [{ key: plan, default: none }], next: use }
  - { id: use, type: agent, prompt: prompts/use.md, outputs: [{ key: used, default: none }], next: done }
  - { id: done, type: terminal }
`,
  "tainted/prompts/plan.md": "Plan \u001B[31mit.\n",
  "tainted/prompts/use.md": "Use {{ plan }}.\n",
  "tainted/replay.yaml": `plan: { text: no JSON at all }\nuse: { output: { used: true } }\n`,
};

describe("longhaul show RUN", () => {
  it("shows the history as a tree and changes nothing", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    await calls(scene, 6, ["run", "walk"], { FAIL_AT: "second" });
    await calls(scene, 0, ["run", "walk"]);
    const before = treeOf(scene.runs);
    const show = await calls(scene, 0, ["show", "walk-default"]);
    const tree = show.stdout.replace(/\d{4}-\d\d-\d\d [\d:]+Z/g, "TIME").replace(/\d[\d.]*m?s/g, "TOOK");
    expect(tree).toContain(`#2 second (script)  TIME  TOOK  -> third
├─ attempt 1 (script): failed after TOOK: script/exit_code: scripts/note.sh`);
    expect(tree).toMatch(
      /├─ the run was stopped: .*\n├─ the run was resumed\n└─ attempt 2 \(script\): finished/,
    );
    expect(tree).toMatch(/^walk-default {2}finished \(0\) {2}/);
    expect(tree).toContain("3 steps, 4 attempts, 1 resume");
    expect(treeOf(scene.runs)).toEqual(before);
  });

  it("shows a run that is running, its open step last", async () => {
    const gated = await gatedScene();
    await startToTheGate(gated);
    const { scene } = gated;
    const show = await calls(scene, 0, ["show", "gated-default"]);
    expect(show.stdout).toMatch(/#2 gate \(script\) {2}.* {2}open\n└─ attempt 1 \(script\): running\n$/);
  });

  it("says of a killed run what status says, also of its open step", async () => {
    const gated = await gatedScene();
    const { scene } = gated;
    const { run } = await startToTheGate(gated);
    run.child.kill("SIGKILL");
    await run.ended;
    const show = await calls(scene, 0, ["show", "gated-default"]);
    expect(show.stdout).toContain("gated-default  interrupted (killed)  ");
    expect(show.stdout).toContain("\nits process is gone; the same command resumes it\n");
    expect(show.stdout).toContain("└─ attempt 1 (script): interrupted\n");
    for (const args of [
      ["show", "gated-default", "--json"],
      ["show", "gated-default", "--all"],
      ["show", "gated-default", "gate"],
      ["show", "gated-default", "gate", "--json"],
    ]) {
      const { stdout } = await calls(scene, 0, args);
      expect(stdout).toContain("interrupted");
      expect(stdout).not.toContain("running");
    }
  });

  it("names the way out of a journal that holds nothing, as a start does", async () => {
    const scene = createScene();
    mkdirSync(join(scene.runs, "broken"), { recursive: true });
    writeFileSync(join(scene.runs, "broken/journal.jsonl"), "");
    const show = await calls(scene, 2, ["show", "broken"]);
    expect(show.stderr).toContain("`--fresh` archives this run directory and starts over.");
    expect(show.stderr).not.toContain("--repair");
  });

  it("gives scripts one JSON document", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    await calls(scene, 0, ["run", "walk"]);
    const show = await calls(scene, 0, ["show", "walk-default", "--json", "--all"]);
    expect(JSON.parse(show.stdout)).toMatchObject({
      run: { run: "walk-default", status: "finished" },
      steps: [{ node: "first" }, { node: "second" }, { node: "third", end: { next: "done" } }],
    });
  });
});

describe("longhaul show RUN STEP", () => {
  it("shows prompt, answer and what changed, by node and by number", async () => {
    const scene = createScene();
    await calls(scene, 0, ["run", HELLO_WORLD, "--cli", "replay"]);
    const byNode = await calls(scene, 0, ["show", "hello-world-default", "greet"]);
    expect(byNode.stdout).toContain("\nprompt\n    ");
    expect(byNode.stdout).toContain(
      `answer\n    {\n      "greeting": "Hello, world, it is good to see you."\n    }\n`,
    );
    expect(byNode.stdout).toContain(`  + greeting: "Hello, world, it is good to see you."  (replay)`);
    const byNumber = await calls(scene, 0, ["show", "hello-world-default", "1"]);
    expect(byNumber.stdout).toBe(byNode.stdout);
  });

  it("shows failures, defaults and taint, and no control character of an agent", async () => {
    const scene = createScene();
    scene.write(TAINTED);
    await calls(scene, 8, ["run", "tainted", "--cli", "replay"]);
    const plan = await calls(scene, 0, ["show", "tainted-default", "plan"]);
    expect(plan.stdout).toContain("Plan \\x1b[31mit.");
    expect(plan.stdout).not.toContain("\u001B");
    expect(plan.stdout).toContain("answer/no_json");
    expect(plan.stdout).toContain(`+ plan: "none"  (default`);
    const all = await calls(scene, 0, ["show", "tainted-default"]);
    expect(all.stdout).toContain("defaulted: plan #1 (plan)");
    expect(all.stdout).toMatch(/used: replay, tainted by plan/);
  });

  it("says which steps there are when there is no such one", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    await calls(scene, 0, ["run", "walk"]);
    const show = await calls(scene, 2, ["show", "walk-default", "99"]);
    expect(show.stderr).toContain("The run has no step 99.");
  });
});
