import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene, expectExit } from "../support/longhaul.ts";
import { gatedScene, startToTheGate } from "../support/operator-workflow.ts";
import { openRunDirectory, parseJournal, treeOf } from "../support/run-directory.ts";
import { until } from "../support/until.ts";
import { walkWorkflow } from "../support/walk-workflow.ts";

const HELLO_WORLD = join(import.meta.dirname, "../../workflows/hello-world");
const PARAMS = '{"who": "Ada", "list": [1, {"b": 2, "a": 1}]}';

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");

describe("a run", () => {
  it("goes through hello-world, and says so when it is started again", async () => {
    const scene = createScene();
    const first = await calls(scene, 0, ["run", HELLO_WORLD, "--cli", "replay"]);
    expect(first.stdout).toBe("");
    const run = openRunDirectory(join(scene.runs, "hello-world-default"));
    expect(run.json("context.json")).toEqual({
      who: "world",
      greeting: "Hello, world, it is good to see you.",
      words: 8,
    });
    const before = treeOf(run.dir);
    const again = await calls(scene, 0, ["run", HELLO_WORLD, "--cli", "replay"]);
    expect(again.stderr).toContain("hello-world-default finished at done (terminal)");
    expect(treeOf(run.dir)).toEqual(before);
  });

  it.each([
    ["{ id: end, type: terminal }", 0, "terminal"],
    ["{ id: end, type: fail }", 1, "fail"],
  ])("exits at %s with %d, and with the same when it is started again", async (end, code, outcome) => {
    const scene = createScene();
    const workflow = "name: ends\nstart: end\nnodes:\n  - ";
    scene.write({ "ends/workflow.yaml": `${workflow}${end}\n` });
    await calls(scene, code, ["run", "ends"]);
    await calls(scene, code, ["run", "ends"]);
    const run = openRunDirectory(join(scene.runs, "ends-default"));
    expect(run.json("run.json")).toMatchObject({ status: "finished", exit_code: code, terminal: "end" });
    expect(run.ofType("run.finished")).toMatchObject([{ outcome, exit_code: code }]);
    expect(run.ofType("run.resumed")).toEqual([]);
  });

  it("is kept apart from others by --run-id", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    await Promise.all([
      calls(scene, 0, ["run", "walk", "--run-id", "one"]),
      calls(scene, 0, ["run", "walk", "--run-id", "two"]),
    ]);
    const uuids = ["one", "two"].map((id) =>
      openRunDirectory(join(scene.runs, `walk-${id}`)).json("run.json"),
    );
    expect(uuids[0]?.["uuid"]).not.toBe(uuids[1]?.["uuid"]);
    expect(scene.ledger().toSorted()).toEqual([
      "1 first",
      "1 first",
      "2 second",
      "2 second",
      "3 third",
      "3 third",
    ]);
  });

  it("is refused in the directory of another workflow, which is named as well", async () => {
    const scene = createScene();
    scene.write({ ...walkWorkflow("one/walk"), ...walkWorkflow("two/walk") });
    await calls(scene, 0, ["run", "one/walk"]);
    const before = treeOf(join(scene.runs, "walk-default"));
    const foreign = await calls(scene, 2, ["run", "two/walk"]);
    expect(foreign.stderr).toContain(scene.path("one/walk"));
    expect(foreign.stderr).toContain(scene.path("two/walk"));
    expect(treeOf(join(scene.runs, "walk-default"))).toEqual(before);
  });

  it("goes on with a workflow that was moved when told that it is the same one", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("before"));
    const env = { FAIL_AT: "second" };
    await calls(scene, 6, ["run", "before"], env);
    renameSync(scene.path("before"), scene.path("after"));
    const runDir = join(scene.runs, "walk-default");
    const moved = await calls(scene, 2, ["run", "after"]);
    expect(moved.stderr).toContain(`at a new path, --resume-run '${runDir}' resumes it.`);
    const taken = await calls(scene, 6, ["run", "after", "--resume-run", runDir], env);
    expect(taken.stderr).toContain(
      `The run belonged to the workflow at ${scene.path("before")}; now it belongs to ${scene.path("after")}.`,
    );
    // From then on it belongs to the workflow where it is now.
    expect((await calls(scene, 0, ["status", "after"])).stdout).toContain("walk-default");
    await calls(scene, 0, ["run", "after"]);
  });

  it("names the run where it is now when it was moved with its workflow, as status does", async () => {
    const scene = createScene();
    const env = { AGENT_RUNS_DIR: "" };
    scene.write(walkWorkflow("before"));
    await calls(scene, 6, ["run", "before"], { ...env, FAIL_AT: "second" });
    renameSync(scene.path("before"), scene.path("it's after"));
    const runs = scene.path("it's after/runs");
    const quotedRuns = runs.replace("it's", String.raw`it'\''s`);
    const status = await calls(scene, 0, ["status", "it's after"], env);
    expect(status.stdout).toBe(
      `No runs of this workflow in ${runs}, but 1 run of another, or of this one before it was moved: ` +
        `longhaul status --runs-dir '${quotedRuns}'\n`,
    );
    expect((await calls(scene, 0, ["status", "--runs-dir", runs], env)).stdout).toContain("walk-default");
    const known = await calls(scene, 0, ["status", "it's after"], { AGENT_RUNS_DIR: runs });
    expect(known.stdout).toMatch(/: longhaul status\n$/);
    const moved = await calls(scene, 2, ["run", "it's after"], env);
    expect(moved.stderr).toContain(`at a new path, --resume-run '${quotedRuns}/walk-default' resumes it.`);
    await calls(scene, 0, ["run", "it's after", "--resume-run", join(runs, "walk-default")], env);
  });

  it("says that its directory was removed under it, instead of calling that a bug", async () => {
    const gated = await gatedScene();
    const { scene } = gated;
    const { run, script } = await startToTheGate(gated);
    const runDir = join(scene.runs, "gated-default");
    const shown = [
      ["run.json", '"node": "gate"'],
      ["steps/000002-gate/attempts/01/process.json", "pid"],
      ["steps/000002-gate/attempts/01/stdout.log", "at the gate"],
    ] as const;
    // All that is written until the gate opens: a removal beside a write may find its directories not empty.
    const isAtRest = () => shown.every(([file, text]) => textOf(join(runDir, file)).includes(text));
    await until(isAtRest, run.stderr);
    rmSync(runDir, { recursive: true });
    await script.exits(0);
    const ended = expectExit(2, await run.ended);
    expect(ended.stderr).toContain(`The run directory ${runDir} was removed while the run was active.`);
  });

  it("takes its params by value on a resume, and refuses others with the ways out", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    await calls(scene, 6, ["run", "walk", "--params", PARAMS], { FAIL_AT: "second" });

    const other = await calls(scene, 2, ["run", "walk", "--params", '{"who": "Bob"}']);
    expect(other.stderr).toContain("--run-id");
    expect(other.stderr).toContain("--fresh");

    const same = '{"list": [1, {"a": 1, "b": 2}], "who": "Ada"}';
    await calls(scene, 6, ["run", "walk", "--params", same], { FAIL_AT: "third" });
    await calls(scene, 0, ["run", "walk"]);
    expect(scene.ledger()).toEqual(["1 first", "2 second", "2 second", "3 third", "3 third"]);
    expect(openRunDirectory(join(scene.runs, "walk-default")).json("context.json")).toMatchObject({
      who: "Ada",
      list: [1, { a: 1, b: 2 }],
    });
  });
});

describe("its output", () => {
  it("begins with what is doubtful about the workflow and its params, once", async () => {
    const scene = createScene();
    scene.write({
      "doubt/workflow.yaml": `
start: look
vars: { repository: a }
nodes:
  - { id: look, type: branch, when: [{ if: "{{ reposiory == 'b' }}", next: stop }], default: done }
  - { id: stop, type: fail }
  - { id: done, type: terminal }
`,
    });
    const args = ["run", "doubt", "--params", '{"repositry": "b", "extra": 1}'];
    const { stderr } = await calls(scene, 0, args);
    const [warning, misspelled, started] = stderr.split("\n");
    expect(warning).toContain(
      "workflow.yaml:5:44: warning: [look] nothing produces `reposiory`. Did you mean `repository`?",
    );
    expect(misspelled).toContain(
      "warning: the param `repositry` is not a var of the workflow. Did you mean `repository`?",
    );
    expect(started).toContain("run doubt-default started");
    expect((await calls(scene, 0, args)).stderr).not.toContain("warning");
  });

  it("is the journal's events on stdout with --json, one a line, and nothing else there", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    const ended = await calls(scene, 0, ["run", "walk", "--json"]);
    const run = openRunDirectory(join(scene.runs, "walk-default"));
    expect(parseJournal(ended.stdout)).toEqual(run.events);
  });

  it("is nothing at all with --quiet, but the reason when it fails", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    const ended = await calls(scene, 0, ["run", "walk", "--quiet"]);
    expect(ended.stdout + ended.stderr).toBe("");
    const failed = await calls(scene, 2, ["run", "walk", "--quiet", "--run-id", "../out"]);
    expect(failed.stderr).toContain("../out");
  });

  it("shows the last lines of a failed script's stderr, and how to go on", async () => {
    const scene = createScene();
    scene.write(walkWorkflow("walk"));
    const ended = await calls(scene, 6, ["run", "walk"], { FAIL_AT: "second" });
    expect(ended.stderr).toContain("| told to fail at second");
    expect(ended.stderr).toContain("the same command resumes it");
  });
});
