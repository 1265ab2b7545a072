import { existsSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDocsCheckout, type DocsCheckout } from "../support/docs-checkout.ts";
import { createLauncherScene, startLauncher } from "../support/launcher-scene.ts";
import type { Scene } from "../support/longhaul.ts";
import { until } from "../support/until.ts";
import { wholeLines } from "../support/whole-lines.ts";

/** Installs until it is let go, and fails then: what follows is not run.sh's. */
const NPM =
  '#!/bin/sh\ntouch "$HOME/installing"\nuntil [ -e "$HOME/go" ]; do /bin/sleep 0.05; done\necho oops; exit 1\n';
/** A second takes less here, for the pauses of run.sh. */
const SLEEP = '#!/bin/sh\necho . >> "$HOME/slept"\nexec /bin/sleep 0.1\n';

const freshCheckout = (): Scene => createLauncherScene({ "bin/npm": NPM, "bin/sleep": SLEEP });

const start = (scene: Scene) => startLauncher(scene, ["--local", "schema"]);
const installing = (scene: Scene) => existsSync(join(scene.home, "installing"));
const pauses = (scene: Scene) => wholeLines(join(scene.home, "slept")).length;
const letGo = (scene: Scene) => writeFileSync(join(scene.home, "go"), "");
const locks = (scene: Scene) => readdirSync(scene.path("tmp")).filter((name) => name.includes("-setup-"));

describe("run.sh --local, where nothing is installed yet", () => {
  it("says that it is still at it, and shows the output of what failed", async () => {
    const scene = freshCheckout();
    const running = start(scene);
    // The second pause begins when what follows the first has been said.
    await until(
      () => pauses(scene) > 1,
      () => "two pauses",
    );
    letGo(scene);
    const { exitCode, all } = await running;
    expect(exitCode).toBe(3);
    expect(all).toContain("run.sh: installing dependencies (npm ci)\n");
    expect(all).toContain("run.sh: still installing dependencies (npm ci) (");
    expect(all).toContain("oops\nrun.sh: installing dependencies (npm ci) failed; its output is above");
    expect(locks(scene)).toEqual([]);
  });

  it("waits for another start, and says so", async () => {
    const scene = freshCheckout();
    const first = start(scene);
    await until(
      () => installing(scene),
      () => "npm was started",
    );
    const second = start(scene);
    second.all.once("data", () => letGo(scene));
    expect((await second).all).toContain(`waiting for another start (process ${first.pid ?? 0})`);
    expect((await first).exitCode).toBe(3);
    expect(locks(scene)).toEqual([]);
  });

  it("does not wait for a lock of before a reboot, whose process number another program has now", async () => {
    const scene = freshCheckout();
    const killed = start(scene);
    await until(
      () => installing(scene),
      () => "npm was started",
    );
    const [lock = ""] = locks(scene);
    killed.kill("SIGKILL");
    letGo(scene);
    await killed;
    const link = scene.path(`tmp/${lock}`);
    const [, ...identity] = readlinkSync(link).split(" ");
    rmSync(link);
    symlinkSync([process.pid, ...identity].join(" "), link);
    const { exitCode, all } = await start(scene);
    expect(exitCode).toBe(3);
    expect(all).not.toContain("another start");
    expect(locks(scene)).toEqual([]);
  });
});

describe("run.sh --local, with the name of a workflow of this checkout", () => {
  let checkout: DocsCheckout;
  beforeAll(async () => {
    checkout = await createDocsCheckout();
    await checkout.run("./run.sh --local hello-world --cli replay");
  });
  afterAll(() => checkout.remove());

  it.each([
    ["validate hello-world", "hello-world: valid"],
    ["validate --json hello-world", '"valid": true'],
    ["status hello-world", "hello-world-default  finished (0)"],
    ["status --json hello-world", '"run": "hello-world-default"'],
    ["graph --format svg hello-world", "<svg"],
    ["doctor --cli replay hello-world", "workflow"],
    ["chaos --cases 1 hello-world", "undisturbed: ends at done"],
  ])("%s", async (command, says) => {
    const { exitCode, output } = await checkout.run(`./run.sh --local ${command}`);
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: expect.stringContaining(says) });
  });

  it("takes a folder here before one of the checkout, named as it was typed, and values of flags as they are", async () => {
    await checkout.run("mkdir -p here/hello-world && cp -r workflows/hello-world here/");
    await checkout.run("sed -i 's/^name: .*/name: mine/' here/hello-world/workflow.yaml");
    const { output } = await checkout.run("cd here && ../run.sh --local validate hello-world");
    expect(output).toContain("mine: valid");
    await checkout.run("echo nodes >> here/hello-world/workflow.yaml");
    const { output: wrong } = await checkout.run("cd here && ../run.sh --local validate hello-world");
    expect(wrong).toMatch(/^hello-world\/workflow\.yaml:\d/);
    const { output: none } = await checkout.run("./run.sh --local status --runs-dir here");
    expect(none).toContain("No runs in");
  });

  it("names itself so that it can be copied, wherever it lies", async () => {
    await checkout.run("ln -s run.sh 'my run'");
    const { output } = await checkout.run("'./my run' --local init named --from hello-world");
    expect(output).toContain("  ./my\\ run --local validate named\n");
  });

  it("says where it looked for one that is nowhere", async () => {
    const { exitCode, output } = await checkout.run("./run.sh --local validate absent");
    expect(exitCode).toBe(2);
    expect(output).toContain("no workflow at absent (nor in ");
  });

  it.each([
    "./run.sh --local --resume-run workflows/hello-world/runs/hello-world-default",
    "./run.sh run --cli replay --resume-run=workflows/hello-world/runs/hello-world-default",
    "AGENT_RUNS_DIR=workflows/hello-world/runs ./run.sh --local --resume-run hello-world-default",
    "./run.sh --local --resume-latest --runs-dir workflows/hello-world/runs",
  ])("goes on with a run whose workflow is not named: %s", async (command) => {
    const { exitCode, output } = await checkout.run(command);
    expect({ exitCode, output }).toEqual({
      exitCode: 0,
      output: expect.stringContaining("hello-world-default finished at done (terminal)"),
    });
  });

  it("says it as JSON to whoever reads JSON", async () => {
    const { exitCode, output } = await checkout.run("./run.sh --local validate --json absent 2> /dev/null");
    expect(exitCode).toBe(2);
    expect(JSON.parse(output)).toEqual({
      valid: false,
      problems: [
        {
          severity: "error",
          file: "absent",
          line: 1,
          column: 1,
          message: `no workflow at absent (nor in ${checkout.directory}/workflows)`,
          remedy: "./run.sh lists the workflows.",
        },
      ],
    });
  });
});
