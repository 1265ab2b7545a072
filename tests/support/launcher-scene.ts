import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "./docs-pages.ts";
import { createScene, type Scene } from "./longhaul.ts";

const LAUNCHER = ["run.sh", "src/launcher", "package.json", "package-lock.json"];

/** A checkout with nothing installed and these files in it; programs in `bin` precede all others on PATH. */
export function createLauncherScene(files: Readonly<Record<string, string>>): Scene {
  const scene = createScene();
  for (const path of LAUNCHER)
    cpSync(join(CHECKOUT, path), scene.path(`checkout/${path}`), { recursive: true });
  scene.write(files);
  mkdirSync(scene.path("tmp"));
  return scene;
}

/** Starts its run.sh; `all` is the output of both streams. */
export const startLauncher = (scene: Scene, args: readonly string[]) =>
  execa(scene.path("checkout/run.sh"), args, {
    cwd: scene.root,
    env: {
      PATH: `${scene.path("bin")}:${process.env["PATH"] ?? ""}`,
      HOME: scene.home,
      TMPDIR: scene.path("tmp"),
    },
    extendEnv: false,
    reject: false,
    all: true,
    stdin: "ignore",
  });
