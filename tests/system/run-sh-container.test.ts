import { chmodSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { createLauncherScene, startLauncher } from "../support/launcher-scene.ts";
import { livingWith } from "../support/live-steps.ts";
import type { Scene } from "../support/longhaul.ts";
import { until } from "../support/until.ts";

/** An engine as far as run.sh asks; the volume of runs is a folder. It keeps the start it is asked for, and refuses it. */
const DOCKER = `#!/bin/sh
case $1 in
  version) echo 28.1 ;;
  ps) if [ -e "$HOME/is-running" ]; then echo 0123456789ab; fi ;;
  inspect) echo true 2026-01-02T03:04:05Z ;;
  run)
    until [ "$1" = -c ]; do shift; done
    script=$(printf %s "$2" | sed "s#/runs#$HOME/runs#g")
    shift 2
    exec sh -c "$script" "$@" ;;
  compose)
    until [ $# = 0 ] || [ "$1" = up ]; do previous=$1; shift; done
    [ "$1" = up ] || exit 0
    echo "$WORKFLOW_DIR" "$RUN_ID" > "$HOME/started"
    cat "$previous" >> "$HOME/started"
    exit 1 ;;
esac
`;

const checkoutWithEngine = (): Scene =>
  createLauncherScene({
    "bin/docker": DOCKER,
    "it's mine/workflow.yaml": "name: quoted\nstart: end\nnodes: [{ id: end, type: terminal }]\n",
  });

/** The words of a printed command, as the shell reads them that it is copied to. */
async function wordsOf(command: string | undefined): Promise<readonly string[]> {
  const { stdout } = await execa("bash", ["-c", String.raw`printf '%s\n' ${command ?? "''"}`]);
  return stdout.split("\n");
}

describe("run.sh, of a workflow whose folder has a quote in its name", () => {
  it.each([
    { flags: [], exitCode: 4, shown: /Follow it: (.*) {3}stop it: --stop/, more: ["--logs"] },
    { flags: ["--stop"], exitCode: 0, shown: /stays stopped; (.*) resumes it/, more: [] },
  ])("shows commands that can be copied: $flags", async ({ flags, exitCode, shown, more }) => {
    const scene = checkoutWithEngine();
    scene.write({ "home/is-running": "" });
    const ended = await startLauncher(scene, ["it's mine", "--run-id", "moon", ...flags]);
    expect(ended.exitCode).toBe(exitCode);
    expect(await wordsOf(shown.exec(ended.stderr)?.[1])).toEqual([
      scene.path("checkout/run.sh"),
      "it's mine",
      "--run-id",
      "moon",
      ...more,
    ]);
  });
});

async function checkoutWithRun(): Promise<Scene> {
  const scene = checkoutWithEngine();
  await scene.exits(0, ["run", "it's mine", "--run-id", "moon", "--runs-dir", "home/runs"]);
  return scene;
}

/** What the container of the run was to be: its workflow and run id, and its command. */
const started = (scene: Scene) => {
  const [mounted, override = ""] = readFileSync(join(scene.home, "started"), "utf8").split("\n");
  // What run.sh writes for Compose; what it holds is what is tested.
  const { services } = JSON.parse(override) as { services: { longhaul: { command: readonly string[] } } };
  return { mounted, command: services.longhaul.command };
};

const RESUME = ["--resume-run", "quoted-moon"];

describe("run.sh --resume-run NAME", () => {
  it.each([
    { what: "the workflow that the run names", args: RESUME, lost: [] },
    { what: "the one of its journal, where a kill left no run.json", args: RESUME, lost: ["run.json"] },
    { what: "the one that is named", args: ["it's mine", ...RESUME], lost: [] },
  ])("starts the run's own container, with $what", async ({ args, lost }) => {
    const scene = await checkoutWithRun();
    for (const file of lost) rmSync(join(scene.home, "runs/quoted-moon", file));
    expect((await startLauncher(scene, args)).stderr).toContain("the container did not start");
    expect(started(scene)).toEqual({
      mounted: `${scene.path("it's mine")} moon`,
      command: ["run", "/workflow", ...RESUME],
    });
  });

  it("names the command that goes on with it where its workflow was moved", async () => {
    const scene = await checkoutWithRun();
    renameSync(scene.path("it's mine"), scene.path("moved"));
    const { exitCode, stderr } = await startLauncher(scene, RESUME);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      `the workflow of quoted-moon was at ${scene.path("it's mine")}, which does not exist`,
    );
    expect(stderr).toContain(`${scene.path("checkout/run.sh")} FOLDER --resume-run quoted-moon`);
  });

  it.each([
    { args: ["--resume-run", "quoted-sun"], says: "no run quoted-sun in the volume longhaul-runs" },
    { args: ["--resume-run", "runs/quoted-moon"], says: "runs/quoted-moon is not the name of a run" },
    { args: ["--resume-latest"], says: "--resume-latest needs a workflow" },
  ])("is told what is wrong: $args", async ({ args, says }) => {
    const { exitCode, stderr } = await startLauncher(await checkoutWithRun(), args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(says);
  });
});

it("leaves nothing behind at a SIGHUP that comes as soon as it shows a run's output", async () => {
  const scene = createLauncherScene({
    "bin/docker":
      '#!/bin/sh\n[ "$1" != inspect ] || exit 1\n[ "$1" != logs ] || kill -HUP $PPID\nexec sleep 1000\n',
    "watch.sh": ". checkout/src/launcher/watch.sh\ninterrupted=no\nwatch_run any\n",
  });
  chmodSync(scene.path("bin/docker"), 0o755);
  const ended = await execa("bash", ["-euo", "pipefail", "watch.sh"], {
    cwd: scene.root,
    env: { PATH: `${scene.path("bin")}:${process.env["PATH"] ?? ""}`, HOME: scene.home },
    extendEnv: false,
    reject: false,
    stdio: "ignore",
  });
  expect(ended.exitCode).toBe(129);
  const left = () => livingWith((variable) => variable === `HOME=${scene.home}`);
  await until(
    () => left().length === 0,
    () => `still running: ${left().join()}`,
  );
});
