/** fix-until-green with a real CLI: what the model's tool call edits decides how the run ends. */
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { prepareCli } from "../support/cli-environment.ts";
import { CLI_NAMES, type CliName, installClis } from "../support/clis.ts";
import { commitsSince, createProject, git, WORKFLOWS } from "../support/git-project.ts";
import { createScene } from "../support/longhaul.ts";
import { structured, toolCall } from "../support/model-server/script.ts";
import type { Script } from "../support/model-server/cursor.ts";
import { startModelServer } from "../support/model-server/server.ts";
import { openRunDirectory } from "../support/run-directory.ts";

const PROJECT = {
  "add.sh": "echo $(($1 - $2))\n",
  Makefile: 'test:\n\t@got=$$(bash add.sh 2 3); echo "2 + 3 gave $$got"; test "$$got" = 5\n',
};
const SIDE = "fix-until-green/default";

async function fixWith(cli: CliName, script: Script) {
  const clis = await installClis();
  const server = await startModelServer(script);
  onTestFinished(() => server.close());
  const scene = createScene();
  const app = createProject(scene, PROJECT);
  const env = await prepareCli({ cli, clis, serverUrl: server.url, home: scene.home });
  const params = JSON.stringify({ repo: app, max_rounds: 2 });
  const workflow = join(WORKFLOWS, "fix-until-green");
  const run = (code: number) =>
    scene.exits(
      code,
      ["run", workflow, "--cli", cli, "--workspace", scene.path("work"), "--params", params],
      { env },
    );
  const directory = () => openRunDirectory(join(scene.runs, "fix-until-green-default"));
  return { run, app, clone: scene.path("work/repo"), directory, server };
}

const edit = (from: string, to: string) => toolCall(`sed -i.old 's/${from}/${to}/' add.sh && rm add.sh.old`);
const changed = (summary: string) => structured({ change: { status: "changed", summary } });

describe.each(CLI_NAMES)("%s", (cli) => {
  test("an edit that is not enough and one that is: green, a commit for each, the base untouched", async () => {
    const { run, app, clone, directory } = await fixWith(cli, [
      edit("1 - ", "1 * "),
      changed("Multiply"),
      edit("1 [*] ", "1 + "),
      changed("Add the numbers"),
    ]);
    await run(0);
    expect(commitsSince(clone, "origin/main", SIDE)).toEqual(["Multiply", "Add the numbers"]);
    expect(git(clone, "show", `${SIDE}:add.sh`)).toBe("echo $(($1 + $2))");
    expect(git(app, "log", "--all", "--format=%s")).toBe("Begin");
    expect(git(app, "status", "--porcelain")).toBe("");
    expect(directory().json("context.json")).toMatchObject({ tests: { green: true, tail: "2 + 3 gave 5" } });
    const second = directory().text("fix/prompt.md");
    expect(second).toContain("This is round 2 of 2.");
    expect(second).toContain("2 + 3 gave 6");
    expect(second).toContain("The round before ended with: Multiply");
  });

  test("edits that do not help: red at the bound, with a commit for each round", async () => {
    const { run, clone, directory } = await fixWith(cli, [
      edit("1 - ", "1 * "),
      changed("Multiply"),
      edit("1 [*] ", "1 \\/ "),
      changed("Divide"),
    ]);
    await run(1);
    expect(commitsSince(clone, "origin/main", SIDE)).toEqual(["Multiply", "Divide"]);
    const { summary } = directory().json("context.json");
    expect(summary).toContain("The tests are still red after 2 rounds.");
    expect(summary).toContain("2 + 3 gave 0");
  });

  test("an agent that is stuck ends the run before its bound, and says why", async () => {
    const { run, directory, server } = await fixWith(cli, [
      structured({ change: { status: "stuck", summary: "Ask what add.sh should do" } }),
    ]);
    await run(1);
    expect(directory().json("context.json")["summary"]).toContain("Ask what add.sh should do");
    expect(server.requests).toHaveLength(1);
  });
});
