import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import type { Scene } from "./longhaul.ts";

/** The shipped workflows. */
export const WORKFLOWS = resolve(import.meta.dirname, "../../workflows");

/** Git's output without its last line break. */
export const git = (directory: string, ...args: readonly string[]): string =>
  execFileSync("git", ["-C", directory, ...args], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
  }).trimEnd();

/** Makes a repository `app` in the scene, with one commit on `main`. Returns its path. */
export function createProject(scene: Scene, files: Readonly<Record<string, string>>): string {
  const named = Object.entries(files).map(([name, content]) => [`app/${name}`, content]);
  scene.write(Object.fromEntries(named));
  const app = scene.path("app");
  git(app, "init", "--quiet", "--initial-branch", "main");
  git(app, "add", "--all");
  git(app, "-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "Begin");
  return app;
}

/** Subjects of the commits on a branch that are not on its base, oldest first. */
export const commitsSince = (directory: string, base: string, branch: string): readonly string[] =>
  git(directory, "log", "--reverse", "--format=%s", `${base}..${branch}`)
    .split("\n")
    .filter((line) => line !== "");

/**
 * An environment in which `git commit` commits and then does not return while the scene has a file `hold`. It creates `held`
 * when it gets there.
 */
export function heldCommits(scene: Scene): Readonly<Record<string, string>> {
  const real = execFileSync("bash", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  scene.write({
    "bin/git": `#!/usr/bin/env bash
${real} "$@"
code=$?
case " $* " in *" commit "*)
  [ -e "${scene.path("hold")}" ] && touch "${scene.path("held")}"
  while [ -e "${scene.path("hold")}" ]; do sleep 0.05; done ;;
esac
exit "$code"
`,
  });
  return { PATH: `${join(scene.root, "bin")}:${process.env["PATH"] ?? ""}` };
}
