import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { commitsSince, createProject, git, heldCommits, WORKFLOWS } from "../support/git-project.ts";
import { createScene, type Scene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { until } from "../support/until.ts";

/** Each run of the tests leaves a line, which stands for an agent's edit; the suite is green from the third on. */
const GREEN_THE_THIRD_TIME = {
  Makefile: "test:\n\techo round >> rounds.txt\n\t@test $$(wc -l < rounds.txt) -ge 3\n",
};
const SIDE = "fix-until-green/default";
const MESSAGE = "Mend what the tests complain about";

const flags = (scene: Scene, params: object) => [
  "run",
  join(WORKFLOWS, "fix-until-green"),
  "--cli",
  "replay",
  "--workspace",
  scene.path("work"),
  "--params",
  JSON.stringify(params),
];
const directory = (scene: Scene) => openRunDirectory(join(scene.runs, "fix-until-green-default"));
const summary = (scene: Scene) => readFileSync(scene.path("work/summary.md"), "utf8");

describe("fix-until-green", () => {
  it("ends when the tests are green, with a commit per round on the side branch only", async () => {
    const scene = createScene();
    const app = createProject(scene, GREEN_THE_THIRD_TIME);
    await scene.exits(0, flags(scene, { repo: app }));
    const clone = scene.path("work/repo");
    expect(commitsSince(clone, "origin/main", SIDE)).toEqual([MESSAGE, MESSAGE]);
    expect(git(clone, "branch", "--format=%(refname:short)")).toBe(SIDE);
    expect(git(app, "branch", "--format=%(refname:short)")).toBe("main");
    expect(git(app, "log", "--format=%s", "main")).toBe("Begin");
    expect(() => git(clone, "push", "--quiet", "origin", `${SIDE}:main`)).toThrow("no-push");
    const context = directory(scene).json("context.json");
    expect(context["project"]).toEqual({ kind: "make", test_command: "make test", setup_command: "" });
    expect(summary(scene)).toContain("The tests are green after 2 rounds.");
    expect(git(app, "fetch", "--quiet", clone, `${SIDE}:${SIDE}`)).toBe("");
  });

  it("does not ask an agent when the tests are green already", async () => {
    const scene = createScene();
    const app = createProject(scene, { Makefile: "check:\n\ttrue\n" });
    await scene.exits(0, flags(scene, { repo: app }));
    const nodes = directory(scene)
      .ofType("step.started")
      .map(({ node }) => node);
    expect(nodes.filter((node) => ["fix", "commit"].includes(node))).toEqual([]);
    expect(nodes).toContain("summarize");
    expect(summary(scene)).toContain("- no commits");
  });

  it("ends as a failure at its bound, with the tests' last words", async () => {
    const scene = createScene();
    const app = createProject(scene, {
      Makefile: "test:\n\techo round >> rounds.txt\n\techo NEVER; false\n",
    });
    await scene.exits(1, flags(scene, { repo: app, max_rounds: 2 }));
    expect(commitsSince(scene.path("work/repo"), "origin/main", SIDE)).toEqual([MESSAGE, MESSAGE]);
    expect(summary(scene)).toContain("The tests are still red after 2 rounds.");
    expect(summary(scene)).toContain("NEVER");
    expect(directory(scene).json("context.json")["summary"]).toBe(summary(scene));
  });

  it("commits nothing twice when it is killed right after a commit", async () => {
    const scene = createScene();
    const app = createProject(scene, GREEN_THE_THIRD_TIME);
    const env = heldCommits(scene);
    scene.write({ hold: "" });
    const first = scene.start(flags(scene, { repo: app }), { env });
    await until(
      () => existsSync(scene.path("held")),
      () => "a commit",
    );
    first.child.kill("SIGKILL");
    await first.ended;
    rmSync(scene.path("hold"));
    await scene.exits(0, flags(scene, { repo: app }), { env });
    const clone = scene.path("work/repo");
    expect(commitsSince(clone, "origin/main", SIDE)).toEqual([MESSAGE, MESSAGE]);
    const steps = git(
      clone,
      "log",
      "--format=%(trailers:key=Longhaul-Step,valueonly,separator=)",
      `origin/main..${SIDE}`,
    );
    expect(new Set(steps.split("\n")).size).toBe(2);
    expect(directory(scene).json("commit", "output.json")).toMatchObject({
      values: { commit: { hash: git(clone, "rev-parse", SIDE) } },
    });
  });

  it("clones anew what a kill left half cloned, and leaves a complete clone as it is", async () => {
    const scene = createScene();
    const app = createProject(scene, GREEN_THE_THIRD_TIME);
    scene.write({ "work/repo.part/.git/HEAD": "half" });
    await scene.exits(0, flags(scene, { repo: app }));
    expect(existsSync(scene.path("work/repo.part"))).toBe(false);
    const again = [...flags(scene, { repo: app }), "--from", "prepare"];
    await scene.exits(0, again);
    expect(commitsSince(scene.path("work/repo"), "origin/main", SIDE)).toEqual([MESSAGE, MESSAGE]);
    expect(summary(scene)).toContain("The tests are green after 0 rounds.");
  });

  it("takes a change that was made on another branch to the side branch", async () => {
    const scene = createScene();
    const app = createProject(scene, {
      Makefile: "test:\n\t@test -e mended || { git switch --quiet -C main; touch mended; false; }\n",
    });
    await scene.exits(0, flags(scene, { repo: app }));
    const clone = scene.path("work/repo");
    expect(git(clone, "rev-parse", "main")).toBe(git(clone, "rev-parse", "origin/main"));
    expect(commitsSince(clone, "origin/main", SIDE)).toEqual([MESSAGE]);
    expect(git(clone, "ls-tree", "--name-only", SIDE)).toBe("Makefile\nmended");
  });

  it.each([
    ["no repository", {}, "Which repository?"],
    ["a relative path", { repo: "app" }, "app is neither a URL nor an absolute path."],
    ["no such base", { repo: "APP", base: "nowhere" }, "Remote branch nowhere not found"],
    [
      "the base as side branch",
      { repo: "APP", branch: "main" },
      "The side branch has the name of the base branch: main.",
    ],
    ["nothing to test with", { repo: "APP" }, "No test command was found"],
    [
      "a command that is not there",
      { repo: "APP", test_command: "no-such-command" },
      "The test command cannot be started here",
    ],
  ])("stops for a person: %s", async (_, params, message) => {
    const scene = createScene();
    const app = createProject(scene, { "notes.txt": "nothing to test\n" });
    const given = "repo" in params && params.repo === "APP" ? { ...params, repo: app } : params;
    const ended = await scene.exits(6, flags(scene, given));
    expect(ended.stderr).toContain(message);
  });
});

describe("the test command of a project", () => {
  const tool = "#!/bin/sh\nexit 0\n";
  const npm = '{"scripts":{"test":"node --test"}}';

  it.each([
    ["npm", { "package.json": npm }, "npm test", ""],
    ["npm", { "package.json": npm, "package-lock.json": "{}", Makefile: "test:\n" }, "npm test", "npm ci"],
    ["pytest", { "pyproject.toml": "[tool.pytest.ini_options]\n" }, "python3 -m pytest", ""],
    ["pytest", { "tests/test_one.py": "" }, "python3 -m pytest", ""],
    ["cargo", { "Cargo.toml": "" }, "cargo test", ""],
    ["go", { "go.mod": "" }, "go test ./...", ""],
    ["make", { "package.json": '{"name":"docs"}', Makefile: "check:\n\ttrue\n" }, "make check", ""],
    ["make", { Makefile: "check: test\ntest:\n\ttrue\n" }, "make test", ""],
  ])("%s: %j", (kind, files, test_command, setup_command) => {
    const scene = createScene();
    const app = createProject(scene, files);
    for (const name of ["npm", "python3", "cargo", "go", "make"]) scene.write({ [`bin/${name}`]: tool });
    const python = execFileSync("bash", ["-c", "command -v python3"], { encoding: "utf8" }).trim();
    const detect = join(WORKFLOWS, "fix-until-green/scripts/detect.py");
    const printed = execFileSync(python, [detect, app, "", ""], {
      encoding: "utf8",
      env: { PATH: `${scene.path("bin")}:${process.env["PATH"] ?? ""}` },
    });
    expect(JSON.parse(printed)).toEqual({ project: { kind, test_command, setup_command } });
  });
});
