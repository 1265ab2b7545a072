/** `./run.sh chaos`: a trial of a workflow in a container of its own, with nothing left of it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Box, openBox } from "./support/box.ts";
import { expectExit, mustRun } from "./support/command.ts";
import { CHECKOUT } from "./support/image.ts";

const ONE_SCRIPT = `start: step
vars: { word: none }
nodes:
  - { id: step, type: script, script: step.sh, args: ["{{ word }}"], next: done }
  - { id: done, type: terminal }
`;
/** Looks for all that a trial must not reach. A second try of the same step fails. */
const ONLY_ONCE = `set -eu
[ "$1" = said ]
[ -z "$(find /runs /agent-state -mindepth 1)" ]
! touch /workflow/made 2>/dev/null
[ "\${LONGHAUL_RESUMED:-0}" = 0 ]
`;
const FILES = {
  "my flows/once: 1/workflow.yaml": `name: once\n${ONE_SCRIPT}`,
  "my flows/once: 1/step.sh": ONLY_ONCE,
  "params.json": '{"word": "said"}\n',
};

interface Told {
  readonly seed: number;
  readonly cases: readonly object[];
}

/** Of all volumes, those without a name. */
const namelessVolumes = async () =>
  (await mustRun("docker", ["volume", "ls", "-q"])).split("\n").filter((name) => /^[0-9a-f]{64}$/.test(name));

async function expectNothingLeft(box: Box, before: readonly string[]): Promise<void> {
  expect(await box.containers()).toEqual([]);
  expect(await mustRun("docker", ["volume", "ls", "-q", "--filter", `name=${box.volumes}`])).toBe("");
  expect(await namelessVolumes()).toEqual(before);
}

test("prints the table, says how far it is, and ends with the command's own code", async () => {
  const box = await openBox();
  await box.write(FILES);
  const before = await namelessVolumes();
  const kept = await box.runSh(["chaos", "hello-world", "--seed", "1", "--only", "count"]);
  expectExit(kept, 0);
  expect(kept.stdout).toMatch(/^count#1 +killed at its start +done +0 .* kept$/m);
  expect(kept.stdout).toContain("seed 1, 9 cases: 6 kept, 3 to look at, 0 broken.");
  expect(kept.stderr).toContain("\n9/9 count#1 ");

  const trial = ["chaos", "my flows/once: 1", "--seed=3", "--params-file", "params.json", "--json"];
  const broken = await box.runSh(trial);
  expectExit(broken, 1);
  const told = JSON.parse(broken.stdout) as Told; // what the command documents
  expect(told.seed).toBe(3);
  expect(told.cases).toContainEqual(expect.objectContaining({ node: "step", verdict: "broken" }));
  expect(existsSync(join(box.home, "my flows/once: 1/made"))).toBe(false);
  await expectNothingLeft(box, before);
});

test("takes the answers of a run in the volume, and refuses what cannot work", async () => {
  const box = await openBox();
  expectExit(await box.runSh(["hello-world", "--cli", "replay"]), 0);
  const trial = ["chaos", "hello-world", "--seed", "1", "--cases", "2"];
  expectExit(await box.runSh([...trial, "--replay", "hello-world-default"]), 0);
  expectExit(await box.runSh([...trial, "--replay", join(CHECKOUT, "workflows/hello-world/replay.yaml")]), 0);
  const wrong = [
    { args: ["--replay", "no-such-run"], says: "/runs/no-such-run does not exist" },
    { args: ["--keep-runs"], says: "works with --local" },
    { args: ["--seed"], says: "--seed" },
  ];
  for (const { args, says } of wrong) {
    const refused = await box.runSh(["chaos", "hello-world", ...args]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(says) });
  }
});

test("a signal stops it, with nothing left", async () => {
  const box = await openBox();
  const before = await namelessVolumes();
  const trial = box.startRunSh(["chaos", "hello-world", "--seed", "1"]);
  trial.child.stderr?.on("data", (text: Buffer) => {
    if (text.includes("1/26 ")) trial.child.kill("SIGTERM");
  });
  const ended = await trial.finished;
  expect(ended).toMatchObject({ code: 75, stderr: expect.stringContaining("nothing is left running") });
  await expectNothingLeft(box, before);
});

const IN_TERMINAL = join(CHECKOUT, "tests/support/in-terminal.py");

test("on a terminal a bar shows how far it is", async () => {
  const box = await openBox();
  const trial = [join(CHECKOUT, "run.sh"), "chaos", "hello-world", "--seed", "1", "--cases", "2"];
  const drawn = await mustRun("python3", [IN_TERMINAL, "24", "80", ...trial], {
    env: { ...box.env, TERM: "xterm-256color" },
    cwd: box.home,
  });
  expect(drawn).toContain("[############............] 1/2 ");
  expect(drawn).toContain("seed 1, 2 cases: ");
});
