import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene, expectExit, type Scene } from "../support/longhaul.ts";
import { gatedScene, startToTheGate, throughTheGate, waitingWorkflow } from "../support/operator-workflow.ts";
import { openRunDirectory, treeOf } from "../support/run-directory.ts";

const RUN = "gated-default";

/** A run that is really running, at its second step. */
async function atTheGate(env: Readonly<Record<string, string>> = {}) {
  const gated = await gatedScene();
  return { ...gated, ...(await startToTheGate(gated, { env })) };
}

const journal = (scene: Scene, name = RUN) => openRunDirectory(join(scene.runs, name));

describe("longhaul stop", () => {
  it("stops a run that is running, and a start by a person goes on with it", async () => {
    const { scene, run, gate } = await atTheGate();
    const stop = await calls(scene, 0, ["stop", RUN]);
    expect(stop.stdout).toBe(`${RUN} is stopped and stays stopped until a person starts it again.\n`);
    expectExit(75, await run.ended);
    expect(journal(scene).ofType("attempt.interrupted")).toMatchObject([{ step: 2, attempt: 1 }]);
    expect(journal(scene).ofType("run.stopped")).toMatchObject([{ exit_code: 75 }]);
    expect(journal(scene).json("run.json")).toMatchObject({ status: "stopped", exit_code: 75 });
    const status = await calls(scene, 0, ["status"]);
    expect(status.stdout).toMatch(/^gated-default +stopped \(75\) +gate #2 /m);
    expect(status.stdout).toContain("Stopped by request of longhaul stop on ");

    await throughTheGate({ scene, gate }, calls(scene, 0, ["run", "gated"]));
    expect(journal(scene).ofType("run.finished")).toMatchObject([{ exit_code: 0 }]);
  });

  it("holds for a container that comes back: the same start id changes nothing, a new one goes on", async () => {
    const { scene, run, gate } = await atTheGate({ LONGHAUL_START_ID: "start-1" });
    await calls(scene, 0, ["stop", RUN]);
    expectExit(75, await run.ended);
    const before = treeOf(join(scene.runs, RUN));
    await calls(scene, 75, ["run", "gated"], { LONGHAUL_START_ID: "start-1" });
    expect(treeOf(join(scene.runs, RUN))).toEqual(before);
    const other = calls(scene, 0, ["run", "gated"], { LONGHAUL_START_ID: "start-2" });
    await throughTheGate({ scene, gate }, other);
  });

  it("of a killed run keeps a container that comes back from going on, and no person", async () => {
    const { scene, run, gate } = await atTheGate({ LONGHAUL_START_ID: "start-1" });
    run.child.kill("SIGKILL");
    await run.ended;
    const stop = await calls(scene, 0, ["stop", RUN]);
    expect(stop.stdout).toContain("was not running. A container that comes back will not resume it");
    const env = { LONGHAUL_START_ID: "start-1" };
    await calls(scene, 75, ["run", "gated"], env);
    expect(journal(scene).ofType("step.finished")).toHaveLength(1);
    expect(journal(scene).json("run.json")).toMatchObject({ status: "stopped", exit_code: 75 });
    await calls(scene, 75, ["run", "gated"], env);
    await throughTheGate({ scene, gate }, calls(scene, 0, ["run", "gated"]));
  });

  it("ends a wait, which a start by a person goes on with", async () => {
    const scene = createScene();
    scene.write(waitingWorkflow("waiting"));
    const run = scene.start(["run", "waiting"]);
    await run.said("#1 later: waiting");
    const stop = await calls(scene, 0, ["stop", "waiting-default", "--json"]);
    expect(JSON.parse(stop.stdout)).toMatchObject({ outcome: "ended", status: "stopped", exit_code: 75 });
    expectExit(75, await run.ended);
    const again = scene.start(["run", "waiting"]);
    await again.said("resumed");
    await calls(scene, 0, ["stop", "waiting-default"]);
    expectExit(75, await again.ended);
    expect(journal(scene, "waiting-default").ofType("wait.started")).toHaveLength(1);
  });

  it("says that a finished run was not running, and leaves nothing in it", async () => {
    const { scene, run, script } = await atTheGate();
    await script.exits(0);
    expectExit(0, await run.ended);
    const before = treeOf(join(scene.runs, RUN));
    const stop = await calls(scene, 0, ["stop", join(scene.runs, RUN)]);
    expect(stop.stdout).toContain("was not running: it is finished.");
    expect(treeOf(join(scene.runs, RUN))).toEqual(before);
  });

  it("exits with 2 where there is no such run, and says where it looked", async () => {
    const scene = createScene();
    const stop = await scene.exits(2, ["stop", "nothing"]);
    expect(stop.stderr).toContain(
      `Looked for a journal in: ${scene.path("nothing")}, ${scene.runs}/nothing.`,
    );
  });
});
