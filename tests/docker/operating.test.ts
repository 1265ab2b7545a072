/** Looking at, entering and leaving runs that go on in the background: --logs, --shell, a closed terminal. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Box, openBox } from "./support/box.ts";
import { expectExit, mustRun } from "./support/command.ts";
import { CHECKOUT } from "./support/image.ts";
import { eventually, ofType, readRun } from "./support/run-record.ts";

/** Waits in a script until the test lets it go. */
const WAITING = {
  "my flow/workflow.yaml": `name: flow
start: hold
nodes:
  - { id: hold, type: script, script: hold.sh, next: done }
  - { id: done, type: terminal }
`,
  "my flow/hold.sh": "touch /workspace/waiting\nuntil [ -e /workspace/go ]; do sleep 0.2; done\n",
};
const START = ["my flow", "--cli", "replay"];
const waits = (box: Box) =>
  eventually("the script waits", async () => (await box.inVolumes("ls /workspace")).includes("waiting"));
const letGo = (box: Box) => box.inVolumes("touch /workspace/go");

test("--logs shows a run from its beginning and ends with it; of one that is over, what there was", async () => {
  const box = await openBox();
  await box.write(WAITING);
  expect(await box.runSh(["my flow", "--logs"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("flow-default has no container"),
  });
  expectExit(await box.runSh([...START, "--detach"]), 0);
  await waits(box);
  const following = box.runSh(["my flow", "--logs"]);
  const stopped = box.startRunSh(["my flow", "--logs"]);
  stopped.child.stderr?.once("data", () => stopped.child.kill("SIGINT"));
  expect((await stopped.finished).code).toBe(130);
  await letGo(box);
  for (const shown of [await following, await box.runSh(["my flow", "--logs"])]) {
    expect(shown).toMatchObject({ code: 0, stderr: expect.stringContaining("over, exit code 0") });
    expect(shown.output).toContain("#1 hold (script) started");
    expect(shown.output).toContain("reached done");
  }
  expect((await readRun(box, "flow-default")).run).toMatchObject({ exit_code: 0, resumes: 0 });
});

test("--shell enters the container of a run, and stands beside one that has none", async () => {
  const box = await openBox();
  await box.write(WAITING);
  const inside = async (script: string) => {
    const shell = box.startRunSh(["my flow", "--shell"], {}, script);
    return (await shell.finished).stdout.trim().split("\n");
  };
  const look =
    "id -un; hostname; ls /workflow; ls /workspace; touch /workflow/made 2>/dev/null && echo written";
  const [user, , ...alone] = await inside(look);
  expect([user, alone]).toEqual(["node", ["hold.sh", "workflow.yaml"]]);

  expectExit(await box.runSh([...START, "--detach"]), 0);
  await waits(box);
  const [container = ""] = await box.containers();
  expect(await inside(look)).toEqual([
    "node",
    container.slice(0, 12),
    "hold.sh",
    "workflow.yaml",
    "flow-default",
    "waiting",
  ]);
  await inside("touch /workspace/go");
  expectExit(await box.runSh(["my flow", "--logs"]), 0);
});

/** Whether a run.sh shows what the container prints. */
async function isFollowed(container: string): Promise<boolean> {
  const command = `docker [l]ogs -f ${container.slice(0, 12)}`; // the brackets keep grep from finding itself
  const found = `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -q '${command}' && echo yes || echo no`;
  return (await mustRun("sh", ["-c", found])) === "yes";
}

const IN_TERMINAL = join(CHECKOUT, "tests/support/in-terminal.py");

test("a terminal that is closed does not stop the run, which can be followed again", async () => {
  const box = await openBox();
  await box.write(WAITING);
  const terminal = spawn("python3", [IN_TERMINAL, "24", "80", join(CHECKOUT, "run.sh"), ...START], {
    cwd: box.home,
    env: { ...process.env, ...box.env, DOCKER_CONFIG: `${process.env["HOME"] ?? ""}/.docker` },
    stdio: ["pipe", "ignore", "ignore"],
  });
  await waits(box);
  const [container = ""] = await box.containers();
  await eventually("run.sh follows the run", () => isFollowed(container));
  terminal.kill("SIGKILL"); // closes it: all that ran in it gets SIGHUP
  await eventually("nothing of run.sh is left", async () => !(await isFollowed(container)));
  expect(await mustRun("docker", ["inspect", "--format", "{{.State.Running}}", container])).toBe("true");

  const again = await box.runSh(START);
  expect(again).toMatchObject({ code: 4, stderr: expect.stringContaining("--logs") });
  const following = box.runSh(["my flow", "--logs"]);
  await letGo(box);
  expectExit(await following, 0);
  const record = await readRun(box, "flow-default");
  expect(record.run).toMatchObject({ exit_code: 0 });
  expect(ofType(record, "run.interrupted")).toEqual([]);
  expectExit(await box.runSh(["my flow", "--stop"]), 0);
  expect(await box.containers()).toEqual([]);
});

test("SIGHUP to run.sh alone leaves the run alone too", async () => {
  const box = await openBox();
  await box.write(WAITING);
  const { child, finished } = box.startRunSh(START);
  await waits(box);
  const [container = ""] = await box.containers();
  await eventually("run.sh follows the run", () => isFollowed(container)); // before that the signal just ends it
  child.kill("SIGHUP");
  expectExit(await finished, 129);
  const following = box.runSh(["my flow", "--logs"]);
  await letGo(box);
  expectExit(await following, 0);
  expect((await readRun(box, "flow-default")).run).toMatchObject({ exit_code: 0, resumes: 0 });
});

test("a run that is over stays over when power fails before its outcome is kept", async () => {
  const box = await openBox();
  await box.write({ "ends/workflow.yaml": "start: end\nnodes: [{ id: end, type: fail }]\n" });
  expectExit(await box.runSh(["ends", "--cli", "replay", "--detach"]), 0);
  expectExit(await box.runSh(["ends", "--logs"]), 0);
  const journal = await box.inVolumes("cat /runs/ends-default/journal.jsonl");
  const [container = ""] = await box.containers();
  await mustRun("docker", ["stop", container]);
  await box.inVolumes("rm /runs/.outcomes/*");
  await mustRun("docker", ["start", container]);
  const again = await box.runSh(["ends", "--logs"]);
  expect(again.output).toContain("this run is over (exit code 1); nothing is started");
  expect(await box.inVolumes("cat /runs/ends-default/journal.jsonl")).toBe(journal);
});

test("without a restart policy the container exits with the run, and run.sh with its code", async () => {
  const box = await openBox();
  await box.write({ "ends/workflow.yaml": "start: end\nnodes: [{ id: end, type: fail }]\n" });
  const once = { LONGHAUL_RESTART: "no" };
  expectExit(await box.runSh(["ends", "--cli", "replay"], once), 1);
  expectExit(await box.runSh(["ends", "--cli", "replay", "--run-id", "second", "--detach"], once), 0);
  const shown = await box.runSh(["ends", "--run-id", "second", "--logs"]);
  expect(shown).toMatchObject({ code: 0, stderr: expect.stringContaining("over, exit code 1") });
  expectExit(await box.runSh(["ends", "--run-id", "second", "--stop"]), 0);
  expect(await box.containers()).toEqual([]);
});

/** As the engine answers on stdout, once, when a container dies under the command that asks for the outcome. */
const UNLUCKY_DOCKER = `#!/bin/sh
case "$*" in *'cat "$1" || cat "$2"'*)
  if mkdir "$HOME/was-unlucky" 2>/dev/null; then
    echo 'OCI runtime exec failed: exec failed: unable to start container process: unknown'
    exit 126
  fi ;;
esac
exec "$REAL_DOCKER" "$@"
`;

test("what the engine says of a dying container is not taken for the outcome of the run", async () => {
  const box = await openBox();
  await box.write({ "bin/docker": UNLUCKY_DOCKER });
  await mustRun("chmod", ["+x", join(box.home, "bin/docker")]);
  const unlucky = {
    PATH: `${join(box.home, "bin")}:${process.env["PATH"] ?? ""}`,
    REAL_DOCKER: await mustRun("sh", ["-c", "command -v docker"]),
  };
  expectExit(await box.runSh(["hello-world", "--cli", "replay"], unlucky), 0);
  expect(existsSync(join(box.home, "was-unlucky"))).toBe(true);
});

test("outcomes of starts whose container is gone are forgotten after a week, others never", async () => {
  const box = await openBox();
  await box.write({ ...WAITING, "ends/workflow.yaml": "start: end\nnodes: [{ id: end, type: fail }]\n" });
  expectExit(await box.runSh(["ends", "--cli", "replay", "--detach"]), 0);
  expectExit(await box.runSh(["ends", "--logs"]), 0);
  const own = await box.inVolumes("ls /runs/.outcomes");
  await box.inVolumes("cd /runs/.outcomes && touch old new && touch -d '10 days ago' old *Z-*");
  await box.inVolumes("touch /workspace/go");
  expectExit(await box.runSh(START), 0);
  expect(await box.inVolumes("cd /runs/.outcomes && ls | grep -xE 'old|new|'" + own)).toBe(`${own}\nnew`);
});

test("--resume-run goes on with a run of which only the name is known, and asks for no login", async () => {
  const box = await openBox();
  expectExit(await box.runSh(["hello-world", "--cli", "replay", "--run-id", "moon"]), 0);
  expect(await box.runSh(["--resume-run", "hello-world-moon"])).toMatchObject({
    code: 0,
    output: expect.stringContaining("hello-world-moon finished at done"),
  });
});
