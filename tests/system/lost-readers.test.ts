import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene, MAIN, type Scene } from "../support/longhaul.ts";

const WORKFLOW = {
  "wf/workflow.yaml": `
name: wf
start: first
nodes:
  - { id: first, type: script, script: work.sh, next: second }
  - { id: second, type: script, script: work.sh, next: done }
  - { id: done, type: terminal }
`,
  "wf/work.sh": "#!/usr/bin/env bash\nsleep 0.2\n",
};

/** Runs the workflow by a line of shell, in which "$@" is the command; returns the line's exit code and the run's end. */
function runByShell(line: string): {
  readonly code: number | null;
  readonly stderr: string;
  readonly run: unknown;
} {
  const scene = createScene();
  scene.write(WORKFLOW);
  const { status, stderr } = inShell(scene, line, ["run", "wf", "--cli", "replay"]);
  const { status: runStatus, exit_code } = JSON.parse(
    readFileSync(scene.path("wf/runs/wf-default/run.json"), "utf8"),
  ) as Record<string, unknown>; // what is compared below
  return { code: status, stderr, run: [runStatus, exit_code] };
}

const inShell = (scene: Scene, line: string, args: readonly string[]) =>
  spawnSync("bash", ["-c", line, "bash", process.execPath, MAIN, ...args], {
    cwd: scene.root,
    env: { PATH: process.env["PATH"] ?? "", HOME: scene.home },
    encoding: "utf8",
  });

describe("a run whose output nobody takes", () => {
  it.each([
    [
      "progress into a pipe whose reader leaves",
      '"$@" 2>&1 >/dev/null | head -1 >/dev/null; exit "${PIPESTATUS[0]}"',
    ],
    ["events into a pipe whose reader leaves", '"$@" --json | head -1 >/dev/null; exit "${PIPESTATUS[0]}"'],
    ["closed stdin, stdout and stderr", '"$@" --json <&- >&- 2>&-'],
  ])("goes on to its end: %s", (_what, line) => {
    expect(runByShell(line)).toMatchObject({ code: 0, run: ["finished", 0] });
  });

  it("goes on to its end on a full disk, and says so once", () => {
    const { code, stderr, run } = runByShell('"$@" --json --quiet > /dev/full');
    expect({ code, run, told: stderr.split("stdout cannot be written (ENOSPC)").length - 1 }).toEqual({
      code: 0,
      run: ["finished", 0],
      told: 1,
    });
  });
});

it("a run whose longhaul.log meets a full disk goes on to its end, and the process ends", async () => {
  const scene = createScene();
  scene.write(WORKFLOW);
  mkdirSync(scene.path("runs/wf-default"), { recursive: true });
  symlinkSync("/dev/full", scene.path("runs/wf-default/longhaul.log"));
  const { stderr } = await calls(scene, 0, ["run", "wf", "--cli", "replay", "--quiet"]);
  expect(stderr).toBe("");
});

describe("a command whose result is what it prints", () => {
  it.each([
    [["--help"]],
    [["schema"]],
    [["validate", "wf"]],
    [["graph", "wf"]],
    [["run", "wf", "--cli", "replay", "--plan"]],
    [["status", "wf"]],
    [["show", "wf/runs/wf-default"]],
    [["show", "wf/runs/wf-default", "first"]],
    [["logs", "wf/runs/wf-default"]],
  ])("fails on a full disk and says why, and not when a reader has seen enough: %j", async (args) => {
    const scene = await finishedRun();
    const onFullDisk = inShell(scene, '"$@" > /dev/full', args);
    expect({ status: onFullDisk.status, stderr: onFullDisk.stderr }).toEqual({
      status: 75,
      stderr:
        "longhaul: stdout cannot be written (ENOSPC); the rest of the output is lost. Free space there, or print elsewhere.\n",
    });
    const unread = inShell(scene, '"$@" | true; exit "${PIPESTATUS[0]}"', args);
    expect({ status: unread.status, stderr: unread.stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("keeps the exit code of a result that is bad anyway", () => {
    const scene = createScene();
    scene.write({ "wf/workflow.yaml": "start: nowhere\nnodes: []\n" });
    expect(inShell(scene, '"$@" > /dev/full', ["validate", "wf"]).status).toBe(2);
  });
});

async function finishedRun(): Promise<Scene> {
  const scene = createScene();
  scene.write(WORKFLOW);
  await calls(scene, 0, ["run", "wf", "--cli", "replay", "--runs-dir", scene.path("wf/runs")]);
  return scene;
}
