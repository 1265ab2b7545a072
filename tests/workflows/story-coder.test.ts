import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commitsSince, createProject, git, heldCommits, WORKFLOWS } from "../support/git-project.ts";
import { createScene, type Scene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { until } from "../support/until.ts";

/** The suite leaves a line at each run, which stands for an agent's edit and is committed with the next round. */
const PROJECT = { Makefile: "test:\n\techo checked >> checks.txt\n" };
const SIDE = "story-coder/default";

const flags = (scene: Scene, params: object, replay = join(WORKFLOWS, "story-coder/replay.yaml")) => [
  "run",
  join(WORKFLOWS, "story-coder"),
  "--cli",
  "replay",
  "--replay",
  replay,
  "--workspace",
  scene.path("work"),
  "--params",
  JSON.stringify({ story: "Say MARKER-STORY.", test_command: "make test", ...params }),
];
const directory = (scene: Scene) => openRunDirectory(join(scene.runs, "story-coder-default"));
const summary = (scene: Scene) => readFileSync(scene.path("work/summary.md"), "utf8");

describe("story-coder", () => {
  it("plans, implements, reworks what the review asks for, and ends when it approves", async () => {
    const scene = createScene();
    const repo = createProject(scene, PROJECT);
    await scene.exits(0, flags(scene, { repo }));
    const run = directory(scene);
    expect(run.ofType("step.started").map(({ node }) => node)).toEqual(
      "check_story prepare plan planned implement commit test review decide rework commit test review decide summarize finish".split(
        " ",
      ),
    );
    expect(run.text("implement/prompt.md")).toContain("1. Write it\n2. Test it");
    expect(run.text("rework/prompt.md")).toContain("- The empty case is missed\n");
    expect(run.text("review/prompt.md")).toContain("Say MARKER-STORY.");
    expect(commitsSince(scene.path("work/repo"), "origin/main", SIDE)).toEqual(["Handle the empty case"]);
    expect(git(repo, "branch", "--format=%(refname:short)")).toBe("main");
    expect(summary(scene)).toContain("Written and approved after 1 rework.");
    expect(run.json("context.json")).toMatchObject({ accepted: true, summary: summary(scene) });
  });

  it("ends as a failure at its bound, with the last remarks", async () => {
    const scene = createScene();
    const repo = createProject(scene, PROJECT);
    await scene.exits(1, flags(scene, { repo, max_rework: 0 }));
    expect(summary(scene)).toContain("Written and not approved after 0 reworks.");
    expect(summary(scene)).toContain("- The empty case is missed\n");
  });

  it("does not accept what is approved while the tests fail", async () => {
    const scene = createScene();
    const repo = createProject(scene, PROJECT);
    await scene.exits(1, flags(scene, { repo, test_command: "echo NEVER; false", max_rework: 1 }));
    expect(directory(scene).json("context.json")).toMatchObject({ review: { verdict: "approve" } });
    expect(directory(scene).text("rework/prompt.md")).toContain("NEVER");
    expect(summary(scene)).toContain("The tests fail:\n\nNEVER\n");
  });

  it("writes nothing when the story is unclear", async () => {
    const scene = createScene();
    const repo = createProject(scene, PROJECT);
    const replay = scene.write({
      "unclear.yaml": "plan: { output: { plan: { status: unclear, summary: Which colour?, tasks: [] } } }\n",
    });
    await scene.exits(1, flags(scene, { repo }, replay));
    expect(summary(scene)).toContain("Nothing was written: the story is unclear.\n\nPlan: Which colour?\n");
    expect(summary(scene)).toContain("- no commits\n");
  });

  it("stops for a person when there is no story", async () => {
    const scene = createScene();
    const ended = await scene.exits(6, flags(scene, { story: "", repo: scene.root }));
    expect(ended.stderr).toContain("Which story?");
  });

  it("commits nothing twice when it is killed right after a commit", async () => {
    const scene = createScene();
    const repo = createProject(scene, PROJECT);
    const env = heldCommits(scene);
    scene.write({ hold: "" });
    const first = scene.start(flags(scene, { repo }), { env });
    await until(
      () => existsSync(scene.path("held")),
      () => "a commit",
    );
    first.child.kill("SIGKILL");
    await first.ended;
    rmSync(scene.path("hold"));
    await scene.exits(0, flags(scene, { repo }), { env });
    expect(commitsSince(scene.path("work/repo"), "origin/main", SIDE)).toEqual(["Handle the empty case"]);
  });

  it("has the writer and the reviewer on different models, and the scripts that fix-until-green has", () => {
    const text = readFileSync(join(WORKFLOWS, "story-coder/workflow.yaml"), "utf8");
    expect(text.match(/model: \{ claude: \w+ \}/g)).toEqual(
      ["opus", "opus", "sonnet", "opus"].map((model) => `model: { claude: ${model} }`),
    );
    for (const name of ["prepare.sh", "commit.sh", "test.py"]) {
      const read = (workflow: string) => readFileSync(join(WORKFLOWS, workflow, "scripts", name), "utf8");
      expect([name, read("story-coder")]).toEqual([name, read("fix-until-green")]);
    }
  });
});
