/** One user of Longhaul: a home, volumes, workflows and containers of its own, all gone when the test ends. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type CommandResult, type RunningCommand, mustRun, run, start } from "./command.ts";
import { CHECKOUT, TEST_IMAGE, buildImage } from "./image.ts";

export interface Box {
  /** HOME of the user, and the folder that workflows are written below. */
  readonly home: string;
  /** First part of the names of the three volumes. */
  readonly volumes: string;
  readonly env: Readonly<Record<string, string>>;
  /** Writes files below `home`, by relative path. */
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>;
  readonly runSh: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<CommandResult>;
  readonly startRunSh: (
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
    stdin?: string,
  ) => RunningCommand;
  readonly compose: (
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ) => Promise<CommandResult>;
  /** stdout of a shell command on the volumes, as the runner's user. @throws Error when it fails. */
  readonly inVolumes: (script: string) => Promise<string>;
  /** Ids of this user's containers, running or not. */
  readonly containers: () => Promise<readonly string[]>;
}

let boxes = 0;

export async function openBox(): Promise<Box> {
  await buildImage();
  const home = await realpath(await mkdtemp(join(tmpdir(), "longhaul box ")));
  const volumes = `longhaul-test-${process.pid}-${(boxes += 1)}`;
  const env = { HOME: home, LONGHAUL_IMAGE: TEST_IMAGE, LONGHAUL_VOLUMES: volumes };
  const startRunSh: Box["startRunSh"] = (args, more = {}, stdin) =>
    start(join(CHECKOUT, "run.sh"), args, {
      env: { ...env, ...more },
      cwd: home,
      ...(stdin === undefined ? {} : { stdin }),
    });
  const containers = async () =>
    lines(await mustRun("docker", ["ps", "-aq", "--no-trunc", "--filter", `volume=${volumes}-runs`]));
  onTestFinished(async () => {
    await removeEverything({ volumes, containers: await containers() });
    await rm(home, { recursive: true, force: true });
  });
  return {
    home,
    volumes,
    env,
    containers,
    startRunSh,
    runSh: (args, more) => startRunSh(args, more).finished,
    compose: (args, more = {}) =>
      run("docker", ["compose", "--project-directory", CHECKOUT, "-p", volumes, ...args], {
        env: { ...env, ...more },
        cwd: CHECKOUT,
      }),
    inVolumes: (script) => mustRun("docker", ["run", "--rm", ...volumeOptions(volumes), "-c", script]),
    async write(files) {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(home, path)), { recursive: true });
        await writeFile(join(home, path), content);
      }
    },
  };
}

const lines = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");

function volumeOptions(volumes: string): readonly string[] {
  const mounts = ["workspace", "agent-state", "runs"].flatMap((name) => [
    "-v",
    `${volumes}-${name}:/${name}`,
  ]);
  return ["--user", "node", ...mounts, "--entrypoint", "sh", TEST_IMAGE];
}

async function removeEverything(left: {
  readonly volumes: string;
  readonly containers: readonly string[];
}): Promise<void> {
  const projects = new Set<string>([left.volumes]);
  for (const container of left.containers) {
    const label = '{{index .Config.Labels "com.docker.compose.project"}}';
    projects.add(await mustRun("docker", ["inspect", "--format", label, container]));
    await mustRun("docker", ["rm", "-f", container]);
  }
  for (const project of projects) await run("docker", ["network", "rm", `${project}_default`]);
  for (const name of ["workspace", "agent-state", "runs"])
    await run("docker", ["volume", "rm", `${left.volumes}-${name}`]);
}
