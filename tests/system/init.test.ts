import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { WORKFLOWS } from "../support/git-project.ts";
import { createScene, MAIN } from "../support/longhaul.ts";
import { treeOf } from "../support/run-directory.ts";

const MINE = "# Mine.\nname: &n old   # replaced\nstart: end\nnodes: [{ id: end, type: terminal }]\n";

describe("longhaul init", () => {
  it.each(["hello-world", "fix-until-green", "story-coder"])(
    "copies %s, which then is valid without a warning",
    async (from) => {
      const scene = createScene();
      const made = await scene.exits(0, ["init", "my-own", "--from", from]);
      expect(made.stdout).toContain(`Made my-own from ${from}. Next:`);
      expect(made.stdout).toContain("longhaul run my-own --cli replay");
      const checked = await scene.exits(0, ["validate", "my-own"]);
      expect(`${checked.stdout}${checked.stderr}`).toMatch(/my-own: valid, \d+ nodes, 0 errors, 0 warnings/);
      const copy = scene.path("my-own");
      const { "workflow.yaml": _theirs, ...theirs } = withoutRuns(join(WORKFLOWS, from));
      const { "workflow.yaml": _ours, ...ours } = treeOf(copy);
      expect(ours).toEqual(theirs);
      expect(textOf(copy)).toBe(textOf(join(WORKFLOWS, from)).replace(`name: ${from}\n`, "name: my-own\n"));
    },
  );

  it("shows commands as it was called, through run.sh or not", async () => {
    const scene = createScene();
    const env = { LONGHAUL_CALLED_AS: "./run.sh --local" };
    const made = await scene.exits(0, ["init", "my-own", "--from", "hello-world"], { env });
    expect(made.stdout).toContain("./run.sh --local run my-own --cli replay");
    expect(made.stdout).not.toContain("longhaul run");
  });

  it("copies a directory of one's own without its runs", async () => {
    const scene = createScene();
    scene.write({ "mine/workflow.yaml": MINE, "mine/runs/old/run.json": "{}", "mine/scripts/runs/kept": "" });
    await scene.exits(0, ["init", "other", "--from", "./mine"]);
    expect(Object.keys(treeOf(scene.path("other")))).toEqual([
      "scripts/",
      "scripts/runs/",
      "scripts/runs/kept",
      "workflow.yaml",
    ]);
    expect(textOf(scene.path("other"))).toContain("\nname: other\n");
    await scene.exits(0, ["run", "other"]);
  });

  it("leaves a workflow without a name to its directory's", async () => {
    const scene = createScene();
    scene.write({ "mine/workflow.yaml": MINE.replace(/^name.*\n/m, "") });
    await scene.exits(0, ["init", "true", "--from", "mine"]);
    await scene.exits(0, ["validate", "true"]);
    scene.write({ "mine/workflow.yaml": MINE });
    await scene.exits(0, ["init", "null", "--from", "mine"]);
    expect(textOf(scene.path("null"))).toContain('\nname: "null"\n');
  });

  it.each([
    ["a name that is none", ["../up", "--from", "mine"], '"../up" cannot name a workflow.'],
    ["a name that is taken", ["mine", "--from", "hello-world"], "mine exists already."],
    ["no source", ["new"], "Shipped: fix-until-green, hello-world, story-coder."],
    ["an unknown source", ["new", "--from", "no-such"], "There is no workflow no-such."],
    [
      "a way out of the shipped ones",
      ["new", "--from", "../hello-world"],
      "There is no workflow ../hello-world.",
    ],
    ["an invalid source", ["new", "--from", "broken"], "broken"],
    ["a source that holds the copy", ["new", "--from", "."], "the directory to copy."],
    ["a name over two lines", ["new", "--from", "folded"], "The name in workflow.yaml cannot be set."],
  ])("refuses %s and leaves nothing behind", async (_, args, message) => {
    const scene = createScene();
    scene.write({
      "workflow.yaml": MINE,
      "mine/workflow.yaml": MINE,
      "broken/workflow.yaml": "start: nowhere\nnodes: []\n",
      "folded/workflow.yaml": MINE.replace(/name.*\n/, "name: >-\n  old\n"),
    });
    const before = treeOf(scene.root);
    const refused = await scene.exits(2, ["init", ...args]);
    expect(refused.stderr).toContain(message);
    expect(treeOf(scene.root)).toEqual(before);
  });

  it("says so where no workflows are shipped, as in the container image", () => {
    const scene = createScene();
    cpSync(dirname(MAIN), scene.path("image/dist"), { recursive: true });
    cpSync(join(WORKFLOWS, "../package.json"), scene.path("image/package.json"));
    mkdirSync(scene.path("image/node_modules"));
    const start = () =>
      execFileSync(
        process.execPath,
        [scene.path("image/dist/main.js"), "init", "new", "--from", "hello-world"],
        {
          cwd: scene.root,
          encoding: "utf8",
          stdio: "pipe",
        },
      );
    expect(start).toThrow("No workflows are shipped with this installation");
  });
});

const textOf = (workflow: string): string => readFileSync(join(workflow, "workflow.yaml"), "utf8");

/** A shipped workflow may have been run in the checkout. */
const withoutRuns = (directory: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(treeOf(directory)).filter(([name]) => !name.startsWith("runs/")));
