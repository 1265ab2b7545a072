import { join } from "node:path";
import { expect, it } from "vitest";
import { createScene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";

const WORKFLOW = `name: two
start: first
nodes:
  - { id: first, type: agent, prompt: ask.md, outputs: [{ key: x, default: none }], next: second }
  - { id: second, type: agent, prompt: use.md, outputs: [{ key: y, default: none }], next: end }
  - { id: end, type: terminal }
`;

it("replays an earlier run: a default stays a default, and what was computed from it stays tainted", async () => {
  const scene = createScene();
  scene.write({
    "two/workflow.yaml": WORKFLOW,
    "two/ask.md": "Find x.",
    "two/use.md": "Use {{ x }}.",
    "two/replay.yaml": "first: I do not know.\nsecond: { output: { y: 2 } }\n",
  });
  const first = await scene.run(["run", "two", "--cli", "replay"]);
  const recorded = join(scene.runs, "two-default");
  const again = await scene.run(["run", "two", "--cli", "replay", "--replay", recorded, "--run-id", "again"]);
  expect([first.code, again.code]).toEqual([8, 8]);
  const [before, after] = ["default", "again"].map((id) => openRunDirectory(join(scene.runs, `two-${id}`)));
  expect(after?.json("context.json")).toEqual(before?.json("context.json"));
  expect(after?.json("second", "output.json")).toEqual({
    values: { y: 2 },
    sources: { y: { source: "replay", tainted_by: ["x"] } },
  });
  expect(after?.ofType("attempt.finished").map(({ attempt }) => attempt)).toEqual([1, 1]);
});
