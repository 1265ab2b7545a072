import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { CHECKOUT } from "../support/docs-pages.ts";
import { createScene, type Scene } from "../support/longhaul.ts";

/** An engine with one running container, as far as run.sh asks. */
const DOCKER = `#!/bin/sh
case $1 in
  version) echo 28.1 ;;
  ps) echo 0123456789ab ;;
  inspect) echo true 2026-01-02T03:04:05Z ;;
esac
`;

function checkoutWithEngine(): Scene {
  const scene = createScene();
  for (const path of ["run.sh", "src/launcher", "src/container"])
    cpSync(join(CHECKOUT, path), scene.path(`checkout/${path}`), { recursive: true });
  scene.write({ "bin/docker": DOCKER, "it's mine/workflow.yaml": "name: quoted\n" });
  mkdirSync(scene.path("tmp"));
  return scene;
}

const runSh = (scene: Scene, args: readonly string[]) =>
  execa(scene.path("checkout/run.sh"), args, {
    cwd: scene.root,
    env: {
      PATH: `${scene.path("bin")}:${process.env["PATH"] ?? ""}`,
      HOME: scene.home,
      TMPDIR: scene.path("tmp"),
    },
    extendEnv: false,
    reject: false,
    stdin: "ignore",
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
    const ended = await runSh(scene, ["it's mine", "--run-id", "moon", ...flags]);
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
