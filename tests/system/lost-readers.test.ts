import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createScene, MAIN } from "../support/longhaul.ts";

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
  const { status, stderr } = spawnSync(
    "bash",
    ["-c", line, "bash", process.execPath, MAIN, "run", scene.path("wf"), "--cli", "replay"],
    { cwd: scene.root, env: { PATH: process.env["PATH"] ?? "", HOME: scene.home }, encoding: "utf8" },
  );
  const { status: runStatus, exit_code } = JSON.parse(
    readFileSync(scene.path("wf/runs/wf-default/run.json"), "utf8"),
  ) as Record<string, unknown>; // what is compared below
  return { code: status, stderr, run: [runStatus, exit_code] };
}

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
