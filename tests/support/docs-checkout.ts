import { chmod, cp, mkdir, mkdtemp, realpath, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "./docs-pages.ts";

/** A copy of what a user has after cloning and the first start, in a separate home. */
export interface DocsCheckout {
  readonly directory: string;
  readonly home: string;
  run(command: string): Promise<{ readonly exitCode: number; readonly output: string }>;
  remove(): Promise<void>;
}

const SHIPPED = "run.sh workflows src dist package.json package-lock.json tsconfig.json".split(" ");
/** Programs that a page must not reach from here: no Docker engine answers, and nothing gets installed. */
const ABSENT = ["docker", "npm", "npx", "claude", "codex", "copilot"];

export async function createDocsCheckout(): Promise<DocsCheckout> {
  const home = await realpath(await mkdtemp(path.join(tmpdir(), "longhaul-docs-")));
  const directory = path.join(home, "longhaul");
  const programs = path.join(home, "bin");
  await mkdir(programs);
  for (const name of SHIPPED) {
    await cp(path.join(CHECKOUT, name), path.join(directory, name), {
      recursive: true,
      preserveTimestamps: true,
      filter: (source) => !/\/workflows\/[^/]+\/runs$/.test(source),
    });
  }
  await symlink(path.join(CHECKOUT, "node_modules"), path.join(directory, "node_modules"));
  // To run.sh this looks built and installed.
  await utimes(path.join(directory, "package-lock.json"), 1, 1);
  await utimes(path.join(directory, "dist/main.js"), new Date(), new Date());
  for (const name of ABSENT)
    await writeProgram(path.join(programs, name), 'echo "not here: $0" >&2; exit 97');
  return {
    directory,
    home,
    run: (command) => runIn({ directory, home, programs, command }),
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

async function writeProgram(file: string, script: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

async function runIn({ directory, home, programs, command }: RunIn) {
  const { exitCode, all } = await execa("bash", ["-euo", "pipefail", "-c", command], {
    cwd: directory,
    env: {
      PATH: `${programs}:${process.env["PATH"] ?? ""}`,
      HOME: home,
      TMPDIR: home,
      GIT_CONFIG_GLOBAL: "/dev/null",
    },
    extendEnv: false,
    all: true,
    reject: false,
    stdin: "ignore",
  });
  return { exitCode: exitCode ?? -1, output: all };
}

interface RunIn {
  readonly directory: string;
  readonly home: string;
  readonly programs: string;
  readonly command: string;
}

/** Output with everything normalized that differs between runs and machines. */
export const comparable = (text: string, home: string): string =>
  text
    .replaceAll(home, "~")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/\b\d\d:\d\d:\d\d\b/g, "TIME")
    .replaceAll(/\b\d+(\.\d+)?(ms|s)\b/g, "DURATION")
    .replaceAll(/[ \t]+/g, " ");
