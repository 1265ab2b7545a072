import { readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene, type Scene } from "../support/longhaul.ts";
import { openRunDirectory, treeOf } from "../support/run-directory.ts";
import { walkWorkflow } from "../support/walk-workflow.ts";

const WALK = ["run", "walk"] as const;

function walkScene(): Scene {
  const scene = createScene();
  scene.write(walkWorkflow("walk"));
  return scene;
}

/** A run that stands at its second step, which has failed. */
async function stoppedScene(): Promise<Scene> {
  const scene = walkScene();
  await calls(scene, 6, WALK, { FAIL_AT: "second" });
  return scene;
}

const walkRun = (scene: Scene, id = "default") => openRunDirectory(join(scene.runs, `walk-${id}`));

describe("--at, --from and --redo", () => {
  it("--at goes on elsewhere, with the context as it is", async () => {
    const scene = await stoppedScene();
    await calls(scene, 0, [...WALK, "--at", "third"]);
    expect(scene.ledger()).toEqual(["1 first", "2 second", "3 third"]);
    expect(walkRun(scene).json("context.json")).toMatchObject({ a: 1 });
    expect(walkRun(scene).json("context.json")).not.toHaveProperty("b");
  });

  it("--from goes back to how it was there and does again all that followed", async () => {
    const scene = walkScene();
    await calls(scene, 0, WALK);
    await calls(scene, 0, [...WALK, "--from", "second"]);
    expect(scene.ledger().slice(3)).toEqual([
      expect.stringMatching(/second$/),
      expect.stringMatching(/third$/),
    ]);
    const run = walkRun(scene);
    const [restored] = run.ofType("cursor.moved");
    expect(restored).toMatchObject({ why: "from", node: "second", restored: { visits: { first: 1 } } });
    expect(restored?.restored?.context).not.toHaveProperty("b");
    expect(run.json("context.json")).toMatchObject({ a: 1 });
  });

  it("--redo does one node again under a new key, then goes on where the run stood", async () => {
    const scene = await stoppedScene();
    await calls(scene, 0, [...WALK, "--redo", "first"]);
    expect(scene.ledger().map((line) => line.split(" ")[1])).toEqual([
      "first",
      "second",
      "first",
      "second",
      "third",
    ]);
    const keys = scene.ledger().map((line) => line.split(" ")[0]);
    expect(keys[2]).not.toBe("1");
    expect(walkRun(scene).json("context.json")).toMatchObject({ a: Number(keys[2]) });
  });

  it.each(["--at", "--from", "--redo"])("%s is refused where there is no run yet", async (flag) => {
    const scene = walkScene();
    const refused = await calls(scene, 2, [...WALK, flag, "second"]);
    expect(refused.stderr).toContain(
      `${flag} second: ${join(scene.runs, "walk-default")} contains no run yet`,
    );
    await calls(scene, 2, [...WALK, flag, "second", "--plan"]);
    expect(Object.keys(treeOf(scene.runs)).filter((name) => name.startsWith("walk-"))).toEqual([]);
  });

  it("act once per LONGHAUL_START_ID: a container that comes back with the same command line just resumes", async () => {
    const scene = walkScene();
    await calls(scene, 0, WALK);
    const env = { LONGHAUL_START_ID: "start-1" };
    await calls(scene, 6, [...WALK, "--from", "second"], { ...env, FAIL_AT: "third" });
    const before = scene.ledger();
    await calls(scene, 0, [...WALK, "--from", "second"], env);
    expect(scene.ledger().slice(before.length)).toEqual([expect.stringMatching(/third$/)]);
    await calls(scene, 0, [...WALK, "--from", "second"], env);
    expect(scene.ledger()).toHaveLength(before.length + 1);
  });
});

describe("--plan", () => {
  it.each([
    { flags: [], says: "Run the script of step 2 (second) again" },
    { flags: ["--at", "third"], says: "Continue at third with the current context." },
    { flags: ["--from", "first"], says: "Go back to the newest visit of first" },
    { flags: ["--redo", "first"], says: "Repeat first, then continue at second." },
    { flags: ["--fresh"], says: "start over at first" },
    { flags: ["--repair"], says: "Run the script of step 2 (second) again" },
    { flags: ["--run-id", "other"], says: "Start a new run at first." },
    { flags: ["--json"], says: '"kind": "resume"' },
  ])("with $flags says what would be done, and changes nothing", async ({ flags, says }) => {
    const scene = await stoppedScene();
    const before = treeOf(scene.root);
    const planned = await calls(scene, 0, [...WALK, ...flags, "--plan"]);
    expect(planned.stdout).toContain(says);
    expect(treeOf(scene.root)).toEqual(before);
  });

  it("makes no run where there is none, and leaves a finished one as it is", async () => {
    const scene = walkScene();
    const before = treeOf(scene.root);
    const first = await calls(scene, 0, [...WALK, "--plan"]);
    expect(first.stdout).toContain("Start a new run at first.");
    expect(treeOf(scene.root)).toEqual(before);
    await calls(scene, 0, WALK);
    const finished = treeOf(scene.root);
    const again = await calls(scene, 0, ["run", "--resume-latest", "--plan"]);
    expect(again.stdout).toContain("The run is finished at done (exit 0); nothing is done.");
    expect(treeOf(scene.root)).toEqual(finished);
  });
});

const workspaces = (scene: Scene) =>
  dirname(walkRun(scene).ofType("run.started")[0]?.workspace ?? "no workspace");

describe("--fresh", () => {
  it("archives run directory and workspace under the next number and starts over as another run", async () => {
    const scene = walkScene();
    await calls(scene, 0, WALK);
    scene.write({ [`${relative(scene.root, workspaces(scene))}/walk-default/made`]: "first" });
    const first = walkRun(scene);
    await calls(scene, 0, [...WALK, "--fresh"]);
    await calls(scene, 0, [...WALK, "--fresh"]);
    const uuids = ["default.1", "default.2", "default"].map(
      (id) => walkRun(scene, id).ofType("run.started")[0]?.uuid,
    );
    expect(new Set(uuids).size).toBe(3);
    expect(walkRun(scene, "default.1").journal).toBe(first.journal);
    const kept = Object.keys(treeOf(workspaces(scene)));
    expect(kept).toEqual(["walk-default/", "walk-default.1/", "walk-default.1/made", "walk-default.2/"]);
    expect(scene.ledger()).toHaveLength(9);
  });

  it.each(["a run was there", "there was no run yet"])(
    "acts once per LONGHAUL_START_ID when %s",
    async (before) => {
      const scene = walkScene();
      if (before === "a run was there") await calls(scene, 0, WALK);
      const env = { LONGHAUL_START_ID: "start-1" };
      const archived = before === "a run was there" ? ["walk-default.1"] : [];
      await calls(scene, 6, [...WALK, "--fresh"], { ...env, FAIL_AT: "second" });
      const started = scene.ledger().length;
      await calls(scene, 0, [...WALK, "--fresh"], env);
      expect(scene.ledger().slice(started)).toEqual(["2 second", "3 third"]);
      const runs = Object.keys(treeOf(scene.runs)).filter((name) => /^walk-default\.\d+\/$/.test(name));
      expect(runs).toEqual(archived.map((name) => `${name}/`));
    },
  );
});

describe("--resume-run and --resume-latest", () => {
  it("find a run by its directory, by its name and by its age", async () => {
    const scene = walkScene();
    for (const id of ["by-name", "by-dir", "latest"]) {
      await calls(scene, 6, [...WALK, "--run-id", id], { FAIL_AT: "second" });
    }
    const latest = await calls(scene, 0, ["run", "--resume-latest", "--runs-dir", "runs"]);
    expect(latest.stderr).toContain("walk-latest finished at done");
    const byName = await calls(scene, 0, ["run", "--resume-run", "walk-by-name"]);
    expect(byName.stderr).toContain("walk-by-name finished at done");
    renameSync(join(scene.runs, "walk-by-dir"), scene.path("walk-by-dir"));
    const byDirectory = await calls(scene, 0, ["run", "--resume-run", "walk-by-dir"]);
    expect(byDirectory.stderr).toContain("walk-by-dir finished at done");
    expect(scene.ledger().filter((line) => line === "1 first")).toHaveLength(3);
  });
});

it("--resume-run alone takes no other workflow of the directory for the run's own", async () => {
  const scene = walkScene();
  const workflow = readFileSync(scene.path("walk/workflow.yaml"), "utf8");
  scene.write({ "walk/second.yaml": workflow.replace("name: walk", "name: second") });
  await calls(scene, 6, ["run", "walk/second.yaml"], { FAIL_AT: "second" });
  const refused = await calls(scene, 2, ["run", "--resume-run", "second-default"]);
  expect(refused.stderr).toContain(
    `${scene.path("walk/workflow.yaml")} is the workflow walk, but the run belongs to second.`,
  );
  await calls(scene, 0, ["run", "walk/second.yaml", "--resume-run", "second-default"]);
});

it("--resume-latest of a workflow looks at its own runs only, and takes over none of another", async () => {
  const scene = walkScene();
  scene.write(walkWorkflow("other"));
  const runs = ["--runs-dir", scene.runs];
  await calls(scene, 6, [...WALK, ...runs], { FAIL_AT: "second" });
  const nothing = await calls(scene, 2, ["run", "other", "--resume-latest", ...runs]);
  expect(nothing.stderr).toContain(`There is no run of this workflow in ${scene.runs}, only of others.`);
  await calls(scene, 6, ["run", "other", ...runs, "--run-id", "newer"], { FAIL_AT: "second" });
  const latest = await calls(scene, 0, [WALK[0], WALK[1], "--resume-latest", ...runs]);
  expect(latest.stderr).toContain("walk-default finished at done");
});

describe("a damaged journal", () => {
  it("is refused untouched, and --repair goes back to its last good event", async () => {
    const scene = walkScene();
    await calls(scene, 0, WALK);
    const run = walkRun(scene);
    const lines = run.journal.split("\n");
    const damaged = lines.with(4, lines[4]?.replace("first", "frist") ?? "").join("\n");
    scene.write({ "runs/walk-default/journal.jsonl": damaged });
    rmSync(join(run.dir, "checkpoint.json")); // what a snapshot stands for is not read again
    scene.write({ "runs/walk-default/steps/000002-second/attempts/01/stdout.log": "said only once" });
    const before = treeOf(run.dir);
    const secondBefore = treeOf(join(run.dir, "steps/000002-second"));
    const refused = await calls(scene, 2, WALK);
    expect(refused.stderr).toContain("--repair");
    expect(treeOf(run.dir)).toEqual(before);

    const repaired = await calls(scene, 0, [...WALK, "--repair"]);
    expect(repaired.stderr).toContain("--repair: kept events up to");
    const { events } = walkRun(scene);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(Object.keys(treeOf(run.dir)).some((name) => name.startsWith("journal.jsonl."))).toBe(true);
    expect(repaired.stderr).toContain("and the files of later attempts to");
    expect(treeOf(join(run.dir, "steps.before-repair/000002-second"))).toEqual(secondBefore);
    expect(walkRun(scene).text("second/attempts/01/stdout.log")).toContain('"b": 2');
  });
});
