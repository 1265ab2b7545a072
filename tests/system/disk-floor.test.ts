import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { walkWorkflow } from "../support/walk-workflow.ts";

it("parks below the floor of free disk, with labels on all it says, and goes on with a lower floor", async () => {
  const scene = createScene();
  const files = walkWorkflow("walk");
  const labelled = `${files["walk/workflow.yaml"] ?? ""}labels: { greets: "{{ greeting }}" }\n`;
  scene.write({ ...files, "walk/workflow.yaml": labelled });
  const told = scene.path("told");
  const env = { AGENT_MIN_FREE_DISK_MB: "999999999999", AGENT_NOTIFY_CMD: `cat >> ${told}` };
  const parked = scene.start(["run", "walk"], { env });
  await parked.said("nothing is started below 999999999999 MB");
  const run = openRunDirectory(join(scene.runs, "walk-default"));
  parked.child.kill("SIGTERM");
  expect((await parked.ended).code).toBe(75);
  expect(scene.ledger()).toEqual([]);
  expect(run.json("run.json")).toMatchObject({ waiting: { for: "park" } });
  await calls(scene, 75, ["run", "walk", "--no-wait"], env);
  await calls(scene, 0, ["run", "walk"], { AGENT_NOTIFY_CMD: env.AGENT_NOTIFY_CMD });
  expect(scene.ledger()).toEqual(["1 first", "2 second", "3 third"]);
  const messages = readFileSync(told, "utf8").trimEnd().split("\n");
  expect(messages.map((line): unknown => JSON.parse(line))).toMatchObject([
    { kind: "parked", labels: { greets: "hello" }, event: { cause: "disk" } },
    { kind: "interrupted", labels: { greets: "hello" } },
    { kind: "interrupted", labels: { greets: "hello" } },
    { kind: "finished", labels: { greets: "hello" } },
  ]);
  const log = readFileSync(join(run.dir, "longhaul.log"), "utf8").trimEnd().split("\n");
  expect(JSON.parse(log.at(-1) ?? "")).toMatchObject({ labels: { greets: "hello" }, msg: "run.finished" });
});
