import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  actedScene,
  answers,
  capped,
  compactionIsRefused,
  compacts,
  modelSays,
  overflows,
  runActed,
} from "../support/acted-claude.ts";
import { calls } from "../support/in-process.ts";
import { createScene, expectExit, type Started } from "../support/longhaul.ts";
import { gatedScene, startToTheGate } from "../support/operator-workflow.ts";
import { openRunDirectory, parseJournal, treeOf } from "../support/run-directory.ts";
import { until } from "../support/until.ts";
import { walkWorkflow } from "../support/walk-workflow.ts";

const HELLO_WORLD = join(import.meta.dirname, "../../workflows/hello-world");

async function atTheGate() {
  const gated = await gatedScene();
  return { ...gated, ...(await startToTheGate(gated)) };
}

const printed = (run: Started, text: string) =>
  until(
    () => run.stdout().includes(text),
    () => `"${text}" in: ${run.stdout()}${run.stderr()}`,
  );

describe("longhaul logs RUN", () => {
  it("says what the run itself said, with dates", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    const run = await calls(scene, 0, ["run", "walk"]);
    const before = treeOf(scene.runs);
    const logs = await calls(scene, 0, ["logs", "walk-default"]);
    const said = run.stderr.split("\n").filter((line) => /^\d\d:/.test(line));
    const shown = logs.stdout.trimEnd().split("\n");
    expect(shown.map((line) => line.replace(/^\S+ /, "").replace("Z  ", "  "))).toEqual(said);
    expect(shown[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}run walk-default started in /);
    expect(treeOf(scene.runs)).toEqual(before);
  });

  it("prints the events themselves with --json", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    await calls(scene, 0, ["run", "walk"]);
    const logs = await calls(scene, 0, ["logs", "walk-default", "--json"]);
    expect(parseJournal(logs.stdout)).toEqual(openRunDirectory(join(scene.runs, "walk-default")).events);
  });

  it("follows a run until it ends", async () => {
    const { scene, run, script } = await atTheGate();
    const logs = scene.start(["logs", "-f", "gated-default"]);
    await printed(logs, "#2 gate (script) started");
    await script.exits(0);
    expectExit(0, await run.ended);
    expect(expectExit(0, await logs.ended).stdout).toMatch(/reached done \(terminal\), exit 0\n$/);
  });

  it("follows no dead run for ever", async () => {
    const { scene, run } = await atTheGate();
    const logs = scene.start(["logs", "-f", "gated-default"]);
    await printed(logs, "#2 gate (script) started");
    run.child.kill("SIGKILL");
    expect(expectExit(0, await logs.ended).stderr).toContain("its process is gone");
  });
});

describe("longhaul logs RUN STEP", () => {
  it("prints what the step's process printed, by number and by node", async () => {
    const { scene, run, script } = await atTheGate();
    await script.prints("through\n");
    await script.exits(0);
    expectExit(0, await run.ended);
    const expected =
      "==> attempts/01/stdout.log <==\nat the gate\nthrough\n\n==> attempts/01/stderr.log <==\nno key\n";
    expect((await calls(scene, 0, ["logs", "gated-default", "gate"])).stdout).toBe(expected);
    expect((await calls(scene, 0, ["logs", "gated-default", "2"])).stdout).toBe(expected);
    expect((await calls(scene, 2, ["logs", "gated-default", "7"])).stderr).toContain("no step 7");
  });

  it("says so where no process has printed anything", async () => {
    const scene = createScene();
    await calls(scene, 0, ["run", HELLO_WORLD, "--cli", "replay", "--quiet"]);
    const logs = await calls(scene, 0, ["logs", "hello-world-default", "greet"]);
    expect(logs.stdout).toBe("");
    expect(logs.stderr).toContain("No process of step 1 (greet) has printed anything.");
    expect(logs.stderr).toContain("show RUN 1");
  });

  it("names a folder into which it cannot look", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    await calls(scene, 0, ["run", "walk"]);
    const steps = join(scene.runs, "walk-default/steps");
    rmSync(steps, { recursive: true });
    symlinkSync("steps", steps);
    const logs = await calls(scene, 75, ["logs", "walk-default", "first"]);
    expect(logs.stderr).toContain(`Cannot use ${steps}: its links lead in a circle`);
  });

  it("has all compactions, and probes of several waits, in the order in which they ran", async () => {
    const soon = Math.floor(Date.now() / 1000) + 3600;
    const ok = answers("OK");
    const scene = actedScene({
      1: overflows,
      2: compactionIsRefused,
      3: compacts,
      4: capped(soon),
      5: ok,
      6: capped(soon),
      7: ok,
      8: answers('```json\n{"answer": 1}\n```'),
    });
    expectExit(0, await runActed(scene, { AGENT_CAP_PROBE_S: "1", AGENT_INVOKE_BACKOFF_BASE_S: "0" }));
    const { stdout } = await calls(scene, 0, ["logs", "acted-default", "ask"]);
    expect(stdout.match(/^==> .+ <==$/gmu)).toEqual(
      [
        "attempts/01",
        "compactions/01",
        "compactions/02",
        "attempts/02",
        "probes/01",
        "attempts/03",
        "probes/02",
        "attempts/04",
      ].map((folder) => `==> ${folder}/events.jsonl <==`),
    );
  });

  it("tells an agent's stream in words, and with --json prints it as it is", async () => {
    const scene = actedScene({ 1: answers('```json\n{"answer": 1}\n```') });
    expectExit(0, await runActed(scene));
    const words = await calls(scene, 0, ["logs", "acted-default", "ask"]);
    expect(words.stdout).toBe('==> attempts/01/events.jsonl <==\n```json\n{"answer": 1}\n```\n');
    const raw = await calls(scene, 0, ["logs", "acted-default", "ask", "--json"]);
    const file = join(scene.runs, "acted-default/ask/attempts/01/events.jsonl");
    expect(raw.stdout).toBe(`==> attempts/01/events.jsonl <==\n${readFileSync(file, "utf8")}`);
  });

  it("tells a last line without an end too, below the attempt whose it is", async () => {
    const scene = actedScene({ 1: answers("no idea"), 2: answers('```json\n{"answer": 1}\n```') });
    expectExit(0, await runActed(scene));
    const attempts = join(scene.runs, "acted-default/ask/attempts");
    writeFileSync(join(attempts, "01/events.jsonl"), modelSays("cut"));
    writeFileSync(join(attempts, "02/events.jsonl"), modelSays("whole"));
    expect((await calls(scene, 0, ["logs", "acted-default", "ask"])).stdout).toBe(
      "==> attempts/01/events.jsonl <==\ncut\n\n==> attempts/02/events.jsonl <==\nwhole\n",
    );
  });

  it("follows the step until it ends", async () => {
    const { scene, run, script } = await atTheGate();
    const logs = scene.start(["logs", "-f", "gated-default", "gate"]);
    await printed(logs, "at the gate\n");
    await script.prints("through\n");
    await script.exits(0);
    expect(expectExit(0, await logs.ended).stdout).toContain("through\n");
    await run.ended;
  });
});
