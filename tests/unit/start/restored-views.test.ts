import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { treeOf } from "../../support/run-directory.ts";
import { settingsOf } from "../../support/scripted-run.ts";
import { storedRun } from "../../support/stored-run.ts";

const settings = settingsOf({
  vars: { topic: "moss" },
  nodes: [
    { id: "work", type: "script", script: "scripts/work.sh", next: "done" },
    { id: "done", type: "terminal" },
  ],
});

test("a start of a finished run writes the missing views of its end, and nothing else", async () => {
  const run = storedRun({ settings, outcome: () => undefined });
  await run.start();
  const { dir } = run.directory();
  const ended = treeOf(dir);
  await run.start();
  expect(treeOf(dir)).toEqual(ended);
  rmSync(join(dir, "context.json"));
  rmSync(join(dir, "run.json"));
  await run.start();
  const restored = run.directory();
  expect(restored.json("context.json")).toEqual({ topic: "moss" });
  expect(restored.json("run.json")).toMatchObject({ status: "finished", exit_code: 0 });
  expect(Object.keys(treeOf(dir))).toEqual(Object.keys(ended));
});
