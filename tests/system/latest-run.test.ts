import { readFileSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene, type Scene } from "../support/longhaul.ts";
import { treeOf } from "../support/run-directory.ts";
import { walkWorkflow } from "../support/walk-workflow.ts";

const LATEST = ["run", "walk", "--resume-latest"] as const;

interface Damaged {
  /** The workflow's directory; its runs are named by what its file says. */
  readonly workflow: string;
  readonly name: string;
  /** Of its journal; the first one says whose run it is. */
  readonly line: number;
  readonly without: readonly string[];
}

/** A run of `walk` that stands at its second step, and a newer one that is damaged. */
async function withNewer({ workflow, name, line, without }: Damaged): Promise<Scene> {
  const scene = createScene();
  scene.write(walkWorkflow("walk"));
  await calls(scene, 6, ["run", "walk"], { FAIL_AT: "second" });
  const files = walkWorkflow(workflow);
  const file = `${workflow}/workflow.yaml`;
  scene.write({ ...files, [file]: files[file]?.replace("name: walk", `name: ${name}`) ?? "" });
  await calls(scene, 0, ["run", workflow, "--run-id", "newer"]);
  const run = `runs/${name}-newer`;
  const lines = readFileSync(scene.path(run, "journal.jsonl"), "utf8").split("\n");
  scene.write({ [`${run}/journal.jsonl`]: lines.with(line, `x${lines[line]}`).join("\n") });
  for (const view of ["checkpoint.json", ...without]) rmSync(scene.path(run, view)); // else the damage is not read
  return scene;
}

describe("--resume-latest beside a newer damaged run", () => {
  it.each([
    ["run.json", { workflow: "other", name: "walk", line: 0, without: [] }],
    ["its journal", { workflow: "other", name: "walk", line: 3, without: ["run.json"] }],
    ["its name", { workflow: "other", name: "other", line: 0, without: ["run.json"] }],
  ])("goes on where %s says that it is of another workflow", async (_what, damaged) => {
    const scene = await withNewer(damaged);
    const before = treeOf(scene.path("runs", `${damaged.name}-newer`));
    const latest = await calls(scene, 0, LATEST);
    expect(latest.stderr).toContain("walk-default finished at done");
    expect(treeOf(scene.path("runs", `${damaged.name}-newer`))).toEqual(before);
  });

  it.each([
    [
      "by run.json, whatever the workflow was called then",
      { workflow: "walk", name: "old", line: 3, without: [] },
    ],
    ["by its journal", { workflow: "walk", name: "walk", line: 3, without: ["run.json"] }],
    ["by its name", { workflow: "walk", name: "walk", line: 0, without: ["run.json"] }],
  ])("refuses one that is of this workflow %s, and changes nothing", async (_what, damaged) => {
    const scene = await withNewer(damaged);
    const before = treeOf(scene.runs);
    const refused = await calls(scene, 2, LATEST);
    const journal = scene.path("runs", `${damaged.name}-newer`, "journal.jsonl");
    expect(refused.stderr).toContain(
      damaged.line === 0
        ? `The journal ${journal} holds no event`
        : `The journal is damaged: ${journal}, line 4`,
    );
    expect(treeOf(scene.runs)).toEqual(before);
  });
});

it.each([
  ["the latest run", ["--resume-latest"]],
  ["a run by its name", ["--resume-run", "walk-newer"]],
])("--repair mends %s, as its refusal advises", async (_what, flags) => {
  const scene = await withNewer({ workflow: "walk", name: "walk", line: 4, without: [] });
  const refused = await calls(scene, 2, ["run", ...flags]);
  expect(refused.stderr).toContain("`--repair` goes back to event 4");
  const repaired = await calls(scene, 0, ["run", ...flags, "--repair"]);
  expect(repaired.stderr).toContain("--repair: kept events up to 4");
  expect(repaired.stderr).toContain("walk-newer finished at done");
});

it.each([
  ["the latest run", ["--resume-latest"]],
  ["a run by its name", ["--resume-run", "walk-newer"]],
])("--fresh starts %s over where nothing of it can be read, as its refusal advises", async (_what, flags) => {
  const scene = await withNewer({ workflow: "walk", name: "walk", line: 0, without: ["run.json"] });
  const refused = await calls(scene, 2, ["run", "walk", ...flags]);
  expect(refused.stderr).toContain("`--fresh` archives this run directory and starts over.");
  const fresh = await calls(scene, 0, ["run", "walk", ...flags, "--fresh"]);
  expect(fresh.stderr).toContain("walk-newer finished at done");
  expect(treeOf(scene.runs)).toHaveProperty("walk-newer.1/journal.jsonl");
});
