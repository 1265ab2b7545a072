import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene } from "../support/longhaul.ts";
import { gatedScene, startToTheGate, waitingWorkflow } from "../support/operator-workflow.ts";
import { runManySteps } from "../support/report-runs.ts";
import { walkWorkflow } from "../support/walk-workflow.ts";

const HELLO_WORLD = join(import.meta.dirname, "../../workflows/hello-world");

describe("longhaul graph", () => {
  it("prints Mermaid, and with --run what the run did", async () => {
    const scene = createScene();
    const bare = await calls(scene, 0, ["graph", HELLO_WORLD]);
    expect(bare.stdout.split("\n").slice(0, 3)).toEqual(["flowchart TD", '  n0("greet")', '  n1[["count"]]']);
    await calls(scene, 0, ["run", HELLO_WORLD, "--cli", "replay", "--quiet"]);
    const { stdout } = await calls(scene, 0, ["graph", HELLO_WORLD, "--run", "hello-world-default"]);
    expect(stdout).toMatch(/n0\("greet<br\/>agent · 1 visit · (?:\d+ms|\d+\.\ds)"\)/);
    expect(stdout).toContain("linkStyle 0,1,2 stroke-width:4px");
  });

  it("writes SVG to --out", async () => {
    const scene = createScene();
    const { stdout } = await calls(scene, 0, [
      "graph",
      HELLO_WORLD,
      "--format",
      "svg",
      "--out",
      scene.path("hello.svg"),
    ]);
    expect(stdout).toBe("");
    expect(readFileSync(scene.path("hello.svg"), "utf8")).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  it.each([
    ["an unknown format", ["--format", "png"], 'There is no format "png".'],
    ["an unknown run", ["--run", "nobody"], "There is no run nobody."],
    ["a file that cannot be written", ["--out", "no/such/place.svg"], "no/such/place.svg cannot be written."],
  ])("refuses %s", async (_, flags, message) => {
    const scene = createScene();
    const { stderr } = await calls(scene, 2, ["graph", HELLO_WORLD, ...flags]);
    expect(stderr).toContain(message);
  });
});

const dataOf = (file: string) =>
  JSON.parse(
    /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(readFileSync(file, "utf8"))?.[1] ?? "",
  );

describe("longhaul report", () => {
  it("writes one file and prints where it is", async () => {
    const scene = createScene();
    await calls(scene, 0, ["run", HELLO_WORLD, "--cli", "replay", "--quiet"]);
    const { stdout } = await scene.exits(0, ["report", "hello-world-default"]);
    expect(stdout).toBe(`${scene.path("hello-world-default.html")}\n`);
    const data = dataOf(scene.path("hello-world-default.html"));
    expect(data.run).toMatchObject({ name: "hello-world", status: "finished", exitCode: 0, at: "done" });
    expect(
      data.steps.map(({ node, outcome, next }: Record<string, string>) => [node, outcome, next]),
    ).toEqual([
      ["greet", "genuine", "count"],
      ["count", "genuine", "check"],
      ["check", "genuine", "done"],
    ]);
    for (const { folder } of data.steps)
      expect(existsSync(join(scene.runs, "hello-world-default", folder))).toBe(true);
  });

  it("shows an unfinished run, its resume and what it saw when its workflow is gone", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    await calls(scene, 6, ["run", "walk"], { FAIL_AT: "second" });
    await calls(scene, 6, ["run", "walk"], { FAIL_AT: "second" });
    appendFileSync(scene.path("walk/workflow.yaml"), "# changed");
    await scene.exits(0, ["report", "walk-default", "--out", "changed.html"]);
    expect(dataOf(scene.path("changed.html")).graphNote).toContain("has changed since");
    rmSync(scene.path("walk"), { recursive: true });
    await scene.exits(0, ["report", "walk-default", "--out", "walk.html"]);
    const data = dataOf(scene.path("walk.html"));
    expect(data.run).toMatchObject({ status: "stopped", exitCode: 6, at: "second", resumes: 1 });
    expect(data.graphNote).toContain("there is no workflow at");
    expect(data.pauses.length).toBe(1);
    expect(data.steps.at(-1)).toMatchObject({ node: "second", outcome: "open" });
    expect(readFileSync(scene.path("walk.html"), "utf8")).toContain('data-node="second"');
  });

  it("counts the time of a running run until now, and of a killed one until its last event", async () => {
    const gated = await gatedScene();
    const { scene } = gated;
    const { run } = await startToTheGate(gated);
    await scene.exits(0, ["report", "gated-default", "--out", "running.html"]);
    const running = dataOf(scene.path("running.html"));
    expect(running.run).toMatchObject({ status: "running", at: "gate", why: "" });
    expect(running.run.untilMs).toBeGreaterThan(running.run.updatedMs);
    const { startedMs, durationMs } = running.steps.at(-1);
    expect(startedMs + durationMs).toBe(running.run.untilMs);
    run.child.kill("SIGKILL");
    await run.ended;
    await scene.exits(0, ["report", "gated-default", "--out", "killed.html"]);
    const killed = dataOf(scene.path("killed.html")).run;
    expect(killed).toMatchObject({
      status: "interrupted",
      why: "its process is gone; the same command resumes it.",
    });
    expect(killed.untilMs).toBe(killed.updatedMs);
  });

  it("says until when a run waits, and nothing of that once it is killed", async () => {
    const scene = createScene();
    scene.write(waitingWorkflow("waiting"));
    const run = scene.start(["run", "waiting"]);
    await run.said("waiting ");
    await scene.exits(0, ["report", "waiting-default", "--out", "waiting.html"]);
    const waiting = dataOf(scene.path("waiting.html")).run;
    expect(waiting.status).toBe("waiting");
    expect(waiting.waitsUntilMs).toBeGreaterThan(waiting.untilMs);
    run.child.kill("SIGKILL");
    await run.ended;
    await scene.exits(0, ["report", "waiting-default", "--out", "killed.html"]);
    expect(dataOf(scene.path("killed.html")).run).toMatchObject({
      status: "interrupted",
      waitsUntilMs: null,
    });
  });

  it("keeps the timeline of 2,001 steps small", async () => {
    const scene = createScene();
    const { stdout } = await scene.exits(0, ["report", await runManySteps(scene, 2001)]);
    const data = dataOf(stdout.trim());
    expect(data.steps.length).toBe(2001);
    expect(data.nodes).toMatchObject([
      { id: "count", visits: 1001 },
      { id: "again", visits: 1000 },
    ]);
    const spans = data.lanes.flatMap((lane: { spans: { count: number }[] }) => lane.spans);
    expect(spans.reduce((sum: number, span: { count: number }) => sum + span.count, 0)).toBe(2001);
  });

  it("prints the page for --out -", async () => {
    const scene = createScene();
    await calls(scene, 0, ["run", HELLO_WORLD, "--cli", "replay", "--quiet"]);
    const { stdout } = await scene.exits(0, ["report", "hello-world-default", "--out", "-"]);
    expect(stdout).toMatch(/^<!doctype html>.*<\/html>\n$/s);
    expect(existsSync(scene.path("hello-world-default.html"))).toBe(false);
  });

  it("refuses a run that does not exist", async () => {
    const scene = createScene();
    const { stderr } = await calls(scene, 2, ["report", "nobody"]);
    expect(stderr).toContain("There is no run nobody.");
  });
});
