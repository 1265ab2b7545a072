/** The supervisor of the container as a real process over a real runner, without an engine: tests/docker has the rest. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { build } from "rolldown";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { livingWith } from "../support/live-steps.ts";
import { MAIN, createScene, type Scene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { until } from "../support/until.ts";
import { wholeLines } from "../support/whole-lines.ts";

const built = mkdtempSync(join(tmpdir(), "longhaul-supervised-"));
const supervisor = join(built, "supervisor.mjs");
beforeAll(() =>
  build({
    input: new URL("../support/supervised-container.ts", import.meta.url).pathname,
    platform: "node",
    output: { file: supervisor, format: "esm", codeSplitting: false },
  }),
);
afterAll(() => rmSync(built, { recursive: true }));

/** Its only step waits in the workspace until it is let go. */
const WAITING = {
  "workflow/workflow.yaml": `name: flow
start: hold
nodes:
  - { id: hold, type: script, script: hold.sh, next: done }
  - { id: done, type: terminal }
`,
  "workflow/hold.sh": `echo "\${LONGHAUL_RESUMED:-0}" >> tries
until [ -e go ]; do sleep 0.05; done
`,
};

function createContainer(): Scene {
  const scene = createScene();
  for (const place of ["workspace", "agent-state", "runs", "tmp"]) mkdirSync(scene.path(place));
  scene.write(WAITING);
  onTestFinished(() => {
    for (const pid of livingWith((variable) => variable === `HOME=${scene.path("agent-state")}`))
      process.kill(pid, "SIGKILL");
  });
  return scene;
}

/** One start of the container; the same one comes back under the same id. */
const start = (
  scene: Scene,
  args: readonly string[],
  { variables = {}, input }: { variables?: Readonly<Record<string, string>>; input?: string } = {},
) =>
  execa("node", [supervisor, scene.root, MAIN, ...args], {
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: scene.path("agent-state"),
      AGENT_RUNS_DIR: scene.path("runs"),
      AGENT_CLI: "replay",
      LONGHAUL_WORKSPACES_DIR: scene.path("workspace"),
      LONGHAUL_WORKFLOW_HOST_PATH: "/home/me/flow",
      LONGHAUL_START_ID: "start-1",
      ...variables,
    },
    extendEnv: false,
    reject: false,
    all: true,
    ...(input === undefined ? { stdin: "ignore" } : { input }),
  });

const run = (scene: Scene) => ["run", scene.path("workflow")];
const WORKSPACE = "workspace/flow-default";
const letGo = (scene: Scene) => scene.write({ [`${WORKSPACE}/go`]: "" });
const kept = (scene: Scene) => scene.path("runs/.outcomes/start-1");
const recorded = (scene: Scene) => openRunDirectory(scene.path("runs/flow-default"));

const tries = (scene: Scene) => wholeLines(scene.path(WORKSPACE, "tries"));

const isAtItsStep = (scene: Scene, count = 1) =>
  until(
    () => tries(scene).length === count,
    () => `try ${count} of the step`,
  );

describe("a run that is over", () => {
  it("idles with its outcome until it is told to end, and stays over when its container comes back", async () => {
    const scene = createContainer();
    for (const says of [
      "finished with exit code 0. This container now idles",
      "this run is over (exit code 0)",
    ]) {
      const container = start(scene, run(scene));
      let said = "";
      container.all.on("data", (text) => (said += String(text)));
      if (tries(scene).length === 0) await isAtItsStep(scene);
      letGo(scene);
      await until(
        () => said.includes(says),
        () => `${says}, but: ${said}`,
      );
      expect(container.exitCode).toBeNull();
      container.kill("SIGTERM");
      expect((await container).exitCode).toBe(0);
    }
    expect(tries(scene)).toEqual(["0"]);
    expect(recorded(scene).ofType("run.resumed")).toEqual([]);
  });

  it("ends the container with its code where there is no restart policy", async () => {
    const scene = createContainer();
    scene.write({ "workflow/workflow.yaml": "name: flow\nstart: end\nnodes: [{ id: end, type: fail }]\n" });
    const ended = await start(scene, run(scene), { variables: { LONGHAUL_RESTART: "no" } });
    expect(ended.exitCode).toBe(1);
    expect(ended.all).not.toContain("idles");
    expect(recorded(scene).json("run.json")).toMatchObject({
      workspace: scene.path(WORKSPACE),
      workflow: { name: "flow", path: "/home/me/flow" },
    });
  });
});

describe("a run that is interrupted", () => {
  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "by %s ends its container with 75 and goes on when it comes back",
    async (signal) => {
      const scene = createContainer();
      const stopped = start(scene, run(scene));
      await isAtItsStep(scene);
      stopped.kill(signal);
      expect((await stopped).exitCode).toBe(75);
      expect(existsSync(kept(scene))).toBe(false);
      expect(recorded(scene).json("run.json")).toMatchObject({ status: "interrupted", exit_code: null });
      await goesOn(scene);
    },
  );

  it("by the death of its runner ends its container too", async () => {
    const scene = createContainer();
    const container = start(scene, run(scene));
    await isAtItsStep(scene);
    const { pid } = recorded(scene).ofType("run.started")[0]?.holder ?? {};
    process.kill(pid ?? 0, "SIGKILL");
    const ended = await container;
    expect(ended.exitCode).toBe(137);
    expect(ended.all).toContain("the runner was cut off (exit status 137); the container comes back");
    expect(existsSync(kept(scene))).toBe(false);
    await goesOn(scene);
  });
});

async function goesOn(scene: Scene): Promise<void> {
  const container = start(scene, run(scene), { variables: { LONGHAUL_RESTART: "no" } });
  await isAtItsStep(scene, 2);
  letGo(scene);
  expect((await container).exitCode).toBe(0);
  expect(tries(scene)).toEqual(["0", "1"]);
}

describe("what is no run", () => {
  it("hands stdin, output and exit code of a shell through", async () => {
    const script = 'read -r line; echo "$line in $HOME"; exit 7\n';
    const scene = createContainer();
    const { exitCode, all } = await start(scene, ["bash", "-c", script], { input: "hello\n" });
    expect({ exitCode, all }).toEqual({ exitCode: 7, all: `hello in ${scene.path("agent-state")}` });
  });

  it("is the command of Longhaul", async () => {
    const scene = createContainer();
    const { exitCode, all } = await start(scene, ["validate", scene.path("workflow")]);
    expect({ exitCode, all }).toEqual({ exitCode: 0, all: expect.stringContaining("flow: valid") });
  });

  it("is not started without its volumes, and a workflow that is missing is an outcome", async () => {
    const scene = createContainer();
    rmSync(scene.path("workflow"), { recursive: true });
    const none = await start(scene, run(scene), { variables: { LONGHAUL_RESTART: "no" } });
    expect(none).toMatchObject({ exitCode: 2, all: expect.stringContaining("cannot read /home/me/flow") });
    expect(existsSync(kept(scene))).toBe(true);
    rmSync(scene.path("runs"), { recursive: true });
    expect((await start(scene, ["bash", "-c", "echo started"])).all).not.toContain("started");
  });
});
