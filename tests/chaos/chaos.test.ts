import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { WORKFLOWS } from "../support/git-project.ts";
import { createScene, type Ended, type Scene } from "../support/longhaul.ts";
import { startInTerminal } from "../support/terminal.ts";

const HELLO = join(WORKFLOWS, "hello-world");

/** A branch on an agent's verdict whose default approves: dangerous. Its script commits to a ledger each time it runs. */
const FLAWED = {
  "flawed/workflow.yaml": `
name: flawed
start: review
nodes:
  - id: review
    type: agent
    prompt: review.md
    outputs: [{ key: verdict, schema: { enum: [ship, hold] }, default: ship }]
    next: decide
  - { id: decide, type: branch, path: verdict, cases: { ship: deploy }, default: held }
  - { id: deploy, type: script, script: deploy.sh, args: ["{{ verdict }}"], outputs: [{ key: deployed }], next: done }
  - { id: done, type: terminal }
  - { id: held, type: fail }
`,
  "flawed/review.md": "Review it.\n",
  "flawed/replay.yaml": "review: { output: { verdict: hold } }\n",
  "flawed/deploy.sh": "#!/usr/bin/env bash\necho '{\"deployed\": true}'\n",
};
/** Refuses to work where it has worked before. */
const ONLY_ONCE = {
  "once/workflow.yaml": `
name: once
start: work
nodes:
  - { id: work, type: script, script: work.sh, next: done }
  - { id: done, type: terminal }
`,
  "once/work.sh": '#!/usr/bin/env bash\nmkdir "$LONGHAUL_WORKSPACE/made"\n',
};

/** Goes round and round between two branches. */
const circling = (limits: string) => `
name: circling
start: here
${limits}
nodes:
  - { id: here, type: branch, path: visits.here, cases: { "0": done }, default: there }
  - { id: there, type: branch, path: visits.there, cases: { "0": done }, default: here }
  - { id: done, type: terminal }
`;

/** A temporary directory of the scene's own, so that what is left behind is seen. */
function chaosScene(files: Readonly<Record<string, string>>) {
  const scene = createScene();
  scene.write(files);
  mkdirSync(scene.path("tmp"));
  return scene;
}
const environment = (scene: Scene) => ({ env: { TMPDIR: scene.path("tmp") } });
const chaos = (scene: Scene, code: number, ...args: readonly string[]) =>
  scene.exits(code, ["chaos", ...args, "--jobs", "2"], environment(scene));
const leftBehind = (scene: Scene) => readdirSync(scene.path("tmp"));

interface ToldCase {
  readonly node: string;
  readonly fault: string;
  readonly verdict: string;
  readonly end: string;
  readonly exit_code: number;
  readonly defaulted: readonly string[];
  readonly done_twice: readonly string[];
  readonly notes: readonly string[];
}
interface Told {
  readonly seed: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly cases: readonly ToldCase[];
}
const told = ({ stdout }: Ended): Told => JSON.parse(stdout) as Told; // what the command documents

describe("longhaul chaos", () => {
  it("proves hello-world at every step, and leaves nothing behind", async () => {
    const scene = chaosScene({});
    const { cases, counts, seed } = told(await chaos(scene, 0, HELLO, "--seed", "1", "--json"));
    expect(seed).toBe(1);
    expect(counts).toMatchObject({ look: 6, broken: 0 });
    const of = (node: string, fault: string) =>
      cases.find((one) => one.node === node && one.fault.startsWith(fault));
    expect(of("greet", "killed in the middle")).toMatchObject({ verdict: "kept", done_twice: ["greet"] });
    expect(of("count", "killed, work done")).toMatchObject({ verdict: "kept", done_twice: ["count"] });
    expect(of("greet", "weekly cap")).toMatchObject({ verdict: "kept", end: "done", exit_code: 0 });
    expect(of("greet", "every answer bad")).toMatchObject({
      verdict: "look",
      exit_code: 8,
      defaulted: ["greeting"],
      notes: ["greeting took the default; computed from it: words"],
    });
    expect(of("count", "exits with 1")).toMatchObject({ verdict: "look", end: "stopped", exit_code: 6 });
    expect(leftBehind(scene)).toEqual([]);
  });

  it("shows a dangerous default: a review that cannot be had ships what the reviewer held", async () => {
    const scene = chaosScene(FLAWED);
    const { stdout } = await chaos(scene, 0, "flawed", "--seed", "2", "--only", "review");
    expect(stdout).toMatch(/^review#1 +every answer bad: .* done +8 +verdict +- +look$/m);
    expect(stdout).toMatch(
      /^look {2}review, every turn times out: verdict took the default.*ends at done, not at held/m,
    );
    expect(stdout).toMatch(/ 0 broken\. Undisturbed: held, exit 1\.$/m);
  });

  it("calls a promise broken when a kill changes the end, and says whose script it is", async () => {
    const scene = chaosScene(ONLY_ONCE);
    const { stdout } = await chaos(scene, 1, "once", "--seed", "3");
    expect(stdout).toMatch(
      /^broken {2}work, killed, work done, unrecorded: .*the script of work is not safe to run again/m,
    );
    expect(stdout).toMatch(/^work#1 +killed at its start +done +0 +- +work +kept$/m);
  });

  it("prints the same table for the same seed", async () => {
    const scene = chaosScene(FLAWED);
    const args = ["flawed", "--seed", "5", "--cases", "6"];
    const [one, two] = [await chaos(scene, 0, ...args), await chaos(scene, 0, ...args)];
    expect(one.stdout).toBe(two.stdout);
    expect(one.stdout).toContain("cases left out, see --cases");
  });

  it("takes an earlier run's answers, and keeps the runs when asked", async () => {
    const scene = chaosScene(FLAWED);
    await scene.exits(1, ["run", "flawed", "--cli", "replay"]);
    const { stderr } = await chaos(
      scene,
      0,
      "flawed",
      "--replay",
      scene.path("runs/flawed-default"),
      "--cases",
      "1",
      "--keep-runs",
      "--seed",
      "1",
    );
    const kept = /The runs are in (.*)\.$/m.exec(stderr)?.[1] ?? "nowhere";
    expect(existsSync(join(kept, "case-0001/runs/flawed-default/journal.jsonl"))).toBe(true);
  });

  it("stops cleanly, with nothing left running or lying about", async () => {
    const scene = chaosScene({});
    const started = scene.start(["chaos", HELLO, "--seed", "1"], environment(scene));
    await started.said("killed at its start");
    started.child.kill("SIGINT");
    const { code, stderr } = await started.ended;
    expect(code).toBe(75);
    expect(stderr).toContain("Stopped; nothing is left running.");
    expect(leftBehind(scene)).toEqual([]);
  });

  it("draws a bar on a terminal, and the table below it", async () => {
    const scene = chaosScene(FLAWED);
    const terminal = startInTerminal(
      scene,
      ["chaos", "flawed", "--seed", "1", "--cases", "3"],
      environment(scene),
    );
    await terminal.ended;
    expect(terminal.drawn()).toMatch(/\[#{8}\.{16}\] 1\/3 review#1/);
    const lines = await terminal.shows(/seed 1, 3 cases: /);
    expect(lines.filter((line) => line.startsWith("["))).toEqual([]);
  });

  it.each([
    {
      what: "no answers",
      args: ["flawed", "--replay", "nowhere.yaml"],
      says: "There are no answers to replay: nowhere.yaml does not exist.",
    },
    {
      what: "answers without an end",
      args: ["flawed", "--replay", "/dev/zero"],
      says: "There are no answers to replay: /dev/zero is a device.",
    },
    {
      what: "an answer for nobody",
      args: ["flawed", "--replay", "strangers.yaml"],
      says: "strangers.yaml: the workflow has no agent node `nobody`.",
    },
    { what: "an invalid workflow", args: ["broken"], says: "the workflow broken is not valid: 1 error" },
    {
      what: "a workflow that is stopped by its own limit",
      args: ["short"],
      says: "The limit steps=3 leaves no room for more: 3 steps are done.\n  Raise it under `limits` in workflow.yaml, or give --params or --replay with which the run stays below it.\n",
    },
    {
      what: "a workflow with more steps than chaos takes",
      args: ["long"],
      says: "The limit steps=2000 leaves no room for more: 2000 steps are done.\n  chaos runs at most 2000 steps: give it --params or --replay with which the workflow takes fewer.\n",
    },
    {
      what: "a workflow that does not end by itself",
      args: ["stuck"],
      says: "The workflow does not reach an end when nothing goes wrong.\n  Exit 6 at work: work failed: its script exited with code 9\n",
    },
    {
      what: "an unknown node",
      args: ["flawed", "--only", "nobody"],
      says: "--only nobody: not an agent or script",
    },
    {
      what: "a node that is never reached",
      args: ["flawed", "--only", "deploy"],
      says: "The undisturbed run has no step to disturb.\n  It never reaches deploy.",
    },
    {
      what: "a seed that is none",
      args: ["flawed", "--seed", "x"],
      says: '--seed "x" is not a whole number',
    },
  ])("refuses $what with exit 2", async ({ args, says }) => {
    const scene = chaosScene({
      ...FLAWED,
      "broken/workflow.yaml": "start: gone\nnodes: [{ id: end, type: terminal }]\n",
      "stuck/workflow.yaml": ONLY_ONCE["once/workflow.yaml"],
      "stuck/work.sh": "#!/usr/bin/env bash\nexit 9\n",
      "short/workflow.yaml": circling("limits: { steps: 3 }"),
      "long/workflow.yaml": circling(""),
      "strangers.yaml": "nobody: { text: hello }\n",
    });
    const { stderr } = await chaos(scene, 2, ...args);
    expect(stderr).toContain(says);
    expect(leftBehind(scene)).toEqual([]);
  });

  it("refuses a temporary directory that is not there with exit 2, naming it", async () => {
    const scene = chaosScene({});
    const { stderr } = await scene.exits(2, ["chaos", HELLO], { env: { TMPDIR: scene.path("gone") } });
    expect(stderr).toContain(
      `Chaos cannot create its runs in the temporary directory ${scene.path("gone")}.\n  Error: ENOENT`,
    );
    expect(stderr).toContain("Fix that, or name another directory with TMPDIR.");
  });
});
