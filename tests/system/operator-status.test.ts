import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene, type Scene } from "../support/longhaul.ts";
import { gatedScene, startToTheGate, waitingWorkflow } from "../support/operator-workflow.ts";
import { treeOf } from "../support/run-directory.ts";
import { startInTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";
import { walkWorkflow } from "../support/walk-workflow.ts";

const SIGINT = 2;

/** One run of every kind: finished, failed, running, killed, waiting. */
async function everyKind(): Promise<Scene> {
  const gated = await gatedScene();
  const { scene } = gated;
  scene.write({ ...walkWorkflow("walk"), ...waitingWorkflow("waiting") });
  await calls(scene, 0, ["run", "walk", "--run-id", "one"]);
  await calls(scene, 6, ["run", "walk", "--run-id", "two"], { FAIL_AT: "second" });
  const waiting = scene.start(["run", "waiting"]);
  await waiting.said("#1 later: waiting");
  await startToTheGate(gated, { args: ["--run-id", "live"] });
  const { run: dead } = await startToTheGate(gated, { args: ["--run-id", "dead"] });
  dead.child.kill("SIGKILL");
  await dead.ended;
  return scene;
}

interface Entry {
  readonly run: string;
  readonly [field: string]: unknown;
}

describe("longhaul status", () => {
  it("shows a run of every kind, and disturbs none", async () => {
    const scene = await everyKind();
    const before = treeOf(join(scene.runs, "gated-dead"));
    const status = await calls(scene, 0, ["status"]);
    const rows = status.stdout.split("\n").map((line) => line.split(/ {2,}/));
    expect(rows[0]).toEqual(["RUN", "STATE", "AT", "SINCE", "STEPS", "TOKENS", "COST"]);
    const shown = rows.filter(([name]) => /^\w+-\w+$/.test(name ?? "")).map((row) => row.slice(0, 3));
    expect(shown).toEqual([
      ["gated-dead", "interrupted (killed)", "gate #2"],
      ["gated-live", "running", "gate #2"],
      ["waiting-default", "waiting", "later #1"],
      ["walk-one", "finished (0)", "done"],
      ["walk-two", "stopped (6)", "second #2"],
    ]);
    expect(status.stdout).toMatch(/waits \(backoff\) until .*Z, \d+m \d\ds left: /);
    expect(status.stdout).toContain("its process is gone; the same command resumes it");
    expect(status.stdout).not.toContain("\u001B");
    expect(treeOf(join(scene.runs, "gated-dead"))).toEqual(before);
  });

  it("gives scripts the fields of run.json, as they are now", async () => {
    const scene = await everyKind();
    const status = await calls(scene, 0, ["status", "--json"]);
    const entries = JSON.parse(status.stdout) as readonly Entry[];
    const byName = Object.fromEntries(entries.map((entry) => [entry.run, entry]));
    expect(byName["gated-dead"]).toMatchObject({
      status: "interrupted",
      killed: true,
      exit_code: null,
      current_step: { step: 2, node: "gate" },
    });
    expect(byName["waiting-default"]).toMatchObject({ status: "waiting", waiting: { for: "backoff" } });
    expect(byName["walk-one"]).toMatchObject({
      status: "finished",
      killed: false,
      totals: { steps: 3, cost_usd: null, unpriced_turns: 0 },
    });
  });

  it("shows only the runs of a workflow that is named", async () => {
    const scene = createScene();
    scene.write({ ...walkWorkflow("walk"), ...walkWorkflow("other") });
    await calls(scene, 0, ["run", "walk", "--run-id", "one"]);
    await calls(scene, 0, ["run", "other", "--run-id", "two"]);
    const status = await calls(scene, 0, ["status", "other"]);
    expect(status.stdout).toContain("walk-two");
    expect(status.stdout).not.toContain("walk-one");
  });

  it("takes the file of a workflow, or a link to it, for its directory, and one that never ran for one without runs", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    const env = { AGENT_RUNS_DIR: "" };
    const runs = scene.path("walk/runs");
    expect((await calls(scene, 0, ["status", "walk"], env)).stdout).toBe(`No runs in ${runs}.\n`);
    expect((await calls(scene, 0, ["status", "walk", "--json"], env)).stdout).toBe("[]\n");
    await calls(scene, 0, ["run", "walk"], env);
    expect((await calls(scene, 0, ["status", "walk/workflow.yaml"], env)).stdout).toContain("walk-default");
    symlinkSync(scene.path("walk"), scene.path("link"));
    expect((await calls(scene, 0, ["status", "link"], env)).stdout).toContain("walk-default");
    const misspelled = await calls(scene, 2, ["status", "--runs-dir", scene.path("walk/rnus")]);
    expect(misspelled.stderr).toContain(`The runs directory ${scene.path("walk/rnus")} cannot be read.`);
  });

  it("leaves out what --fresh archived, but no run whose id looks like that", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    await calls(scene, 0, ["run", "walk", "--run-id", "v1"]);
    await calls(scene, 0, ["run", "walk", "--run-id", "v1", "--fresh"]);
    await calls(scene, 0, ["run", "walk", "--run-id", "v1.2"]);
    const status = await calls(scene, 0, ["status", "--json"]);
    const entries = JSON.parse(status.stdout) as readonly Entry[];
    expect(entries.map(({ run }) => run)).toEqual(["walk-v1", "walk-v1.2"]);
  });

  it("names a damaged run beside the others", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    await calls(scene, 0, ["run", "walk"]);
    mkdirSync(join(scene.runs, "broken"));
    writeFileSync(join(scene.runs, "broken", "journal.jsonl"), "no journal\n");
    const status = await calls(scene, 0, ["status"]);
    expect(status.stdout).toMatch(/^broken +unreadable\n {4}The journal /m);
    expect(status.stdout).toMatch(/^walk-default +finished/m);
  });

  it("says that there are no runs, or that it does not know where", async () => {
    const scene = createScene();
    mkdirSync(scene.runs);
    expect((await calls(scene, 0, ["status"])).stdout).toBe(`No runs in ${scene.runs}.\n`);
    const nowhere = await calls(scene, 2, ["status"], { AGENT_RUNS_DIR: "" });
    expect(nowhere.stderr).toContain("--runs-dir");
  });
});

describe("longhaul status --watch", () => {
  it("draws in place on a terminal, follows its width, and leaves it clean on Ctrl-C", async () => {
    const gated = await gatedScene();
    const { scene } = gated;
    const { run, script } = await startToTheGate(gated);
    const watch = startInTerminal(scene, ["status", "--watch"], { columns: 120 });
    const seen = await watch.shows(/^gated-default {2}running {2}gate #2 {2}\d{4}-.*\(\d/u);
    expect(seen[0]).toMatch(/^RUN /u);
    watch.resize(24, 60);
    const narrow = await watch.shows(/gate #2 {2}\d+\.?\d*m?s ago/u);
    expect(narrow.filter((line) => line.startsWith("RUN "))).toHaveLength(1);
    await script.exits(0);
    await run.ended;
    await watch.shows(/finished \(0\)/u);
    watch.signal(SIGINT);
    await watch.ended;
    expect(watch.lines().filter((line) => line.startsWith("RUN "))).toHaveLength(1);
    expect(watch.drawn()).not.toContain("\u001B[?");
    expect(watch.drawn().endsWith("\n\u001B[J")).toBe(true);
  });

  it("writes plain lines one below the other where NO_COLOR is set", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    await calls(scene, 0, ["run", "walk", "--run-id", "one"]);
    const watch = startInTerminal(scene, ["status", "--watch"], { env: { NO_COLOR: "1" } });
    await watch.shows(/^walk-one {2}finished/u);
    await calls(scene, 0, ["run", "walk", "--run-id", "two"]);
    await watch.shows(/^walk-two {2}finished/u);
    watch.signal(SIGINT);
    await watch.ended;
    expect(watch.drawn()).not.toContain("\u001B");
  });

  it("ends when nobody reads it any more, once there is something to say", async () => {
    const gated = await gatedScene();
    const { scene } = gated;
    const { run, script } = await startToTheGate(gated);
    const watch = scene.start(["status", "--watch"]);
    await until(() => watch.stdout().includes("gate #2"), watch.stderr);
    watch.child.stdout?.destroy();
    await script.exits(0);
    await run.ended;
    expect((await watch.ended).code).toBe(0);
  });
});
