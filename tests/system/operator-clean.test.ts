import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { calls } from "../support/in-process.ts";
import { createScene, type Scene, type StartOptions } from "../support/longhaul.ts";
import { gatedScene, startToTheGate } from "../support/operator-workflow.ts";
import { treeOf } from "../support/run-directory.ts";
import { startInTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";
import { shortWalk, walkWorkflow } from "../support/walk-workflow.ts";
import { defaultWorkspace } from "../../src/store/layout.ts";

const EVERYTHING = ["clean", "--older-than", "0s"];

const runsOf = (scene: Scene) =>
  readdirSync(scene.runs)
    .filter((name) => !name.startsWith("."))
    .toSorted();

/** What removed runs have left on the disk. */
const leftOf = (scene: Scene) => {
  const cleaning = join(scene.runs, ".longhaul/cleaning");
  if (!existsSync(cleaning)) return [];
  return readdirSync(cleaning, { recursive: true, encoding: "utf8" }).map((name) => join(cleaning, name));
};

/** A finished run with an archive, one that failed, and a directory that is none. */
async function severalRuns(scene = createScene()): Promise<Scene> {
  scene.write({ ...walkWorkflow("walk"), ...shortWalk("short") });
  await calls(scene, 0, ["run", "short", "--run-id", "one"]);
  await calls(scene, 0, ["run", "short", "--run-id", "one", "--fresh"]);
  await calls(scene, 6, ["run", "walk", "--run-id", "two"], { FAIL_AT: "second" });
  mkdirSync(join(scene.runs, "notes"));
  writeFileSync(join(scene.runs, "notes", "mine.txt"), "keep");
  return scene;
}

/** Root, whom no permission stops, without its capabilities; anybody else as they are. */
const POWERLESS: StartOptions =
  process.getuid?.() === 0 ? { through: ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] } : {};

async function threeRuns(): Promise<Scene> {
  const scene = createScene();
  scene.write(shortWalk("walk"));
  for (const id of ["one", "two", "three"]) await calls(scene, 0, ["run", "walk", "--run-id", id]);
  return scene;
}

const workspace = (scene: Scene, name: string) =>
  defaultWorkspace({ runDir: join(scene.runs, name), env: {}, home: scene.home });

const ALL_THREE = ["walk-one", "walk-two", "walk-three"];

const PARTLY_REMOVED = " Part of it may already be removed; the next clean removes the rest.";

describe("longhaul clean", () => {
  it("only lists without --yes", async () => {
    const scene = await severalRuns();
    const before = treeOf(scene.runs);
    const clean = await calls(scene, 0, EVERYTHING);
    expect(clean.stdout).toMatch(/^walk-one +finished .* with 1 archived\n/);
    expect(clean.stdout).not.toContain("walk-two");
    expect(clean.stdout).toContain("Nothing was removed.");
    expect(treeOf(scene.runs)).toEqual(before);
  });

  it.each([
    ["Ctrl-C", "\u0003", ["notes", "walk-one", "walk-one.1", "walk-two"]],
    ["Ctrl-D", "\u0004", ["notes", "walk-one", "walk-one.1", "walk-two"]],
    ["Enter", "\r", ["notes", "walk-one", "walk-one.1", "walk-two"]],
    ["yes", "y\r", ["notes", "walk-two"]],
  ])("asks on a terminal: %s", async (_name, keys, left) => {
    const scene = await severalRuns();
    const clean = startInTerminal(scene, EVERYTHING);
    await until(
      () => clean.drawn().includes("[y/N] "),
      () => clean.drawn(),
    );
    clean.type(keys);
    expect(await clean.ended).toBe(0);
    expect(clean.drawn()).toContain(left.length === 2 ? "[1/1] walk-one" : "Nothing was removed.");
    expect(runsOf(scene)).toEqual(left);
  });

  it("removes a finished run with archives and workspaces, and nothing else", async () => {
    const scene = await severalRuns();
    expect(existsSync(workspace(scene, "walk-one"))).toBe(true);
    expect(existsSync(workspace(scene, "walk-one.1"))).toBe(true);
    const clean = await calls(scene, 0, [...EVERYTHING, "--yes", "--json"]);
    expect(JSON.parse(clean.stdout)).toMatchObject({ dry_run: false, runs: [{ run: "walk-one" }], kept: [] });
    expect(runsOf(scene)).toEqual(["notes", "walk-two"]);
    expect(existsSync(workspace(scene, "walk-one"))).toBe(false);
    expect(existsSync(workspace(scene, "walk-one.1"))).toBe(false);
    expect(existsSync(workspace(scene, "walk-two"))).toBe(true);
    await calls(scene, 0, ["run", "walk", "--run-id", "two"]);
  });

  it("removes unfinished runs only when told, and never a running one", async () => {
    const gated = await gatedScene();
    const scene = await severalRuns(gated.scene);
    const { run, script } = await startToTheGate(gated);
    await calls(scene, 0, [...EVERYTHING, "--yes", "--unfinished"]);
    expect(runsOf(scene)).toEqual(["gated-default", "notes"]);
    await script.exits(0);
    expect((await run.ended).code).toBe(0);
  });

  it("names a damaged run, leaves it alone and goes on with the others: exit 2", async () => {
    const scene = await threeRuns();
    const damaged = join(scene.runs, "walk-two");
    rmSync(join(damaged, "checkpoint.json"));
    mkdirSync(join(damaged, "checkpoint.json"));
    const before = treeOf(damaged);
    const why = `A directory is in place of this run's file ${join(damaged, "checkpoint.json")}.`;
    const list = await calls(scene, 2, [...EVERYTHING]);
    expect(list.stdout).toMatch(/^walk-one .*\nwalk-three .*\nNothing was removed\. /);
    expect(list.stderr).toBe(`kept walk-two: ${why}\n`);
    const looked = startInTerminal(scene, ["clean", "--older-than", "1000d"], { columns: 62 });
    expect(await looked.ended).toBe(2);
    expect(looked.drawn()).toContain(`kept walk-two: ${why.replace("file /", "file\r\n  /")}\r\n`);
    const clean = await calls(scene, 2, [...EVERYTHING, "--yes", "--json"]);
    expect(clean.stderr).toBe(`kept walk-two: ${why}\n`);
    expect(JSON.parse(clean.stdout)).toMatchObject({
      runs: [{ run: "walk-one" }, { run: "walk-three" }],
      kept: [{ name: "walk-two", why }],
    });
    expect(runsOf(scene)).toEqual(["walk-two"]);
    expect(treeOf(damaged)).toEqual(before);
  });

  it.each([
    ["its checkpoint", "checkpoint.json", 0o000, ""],
    ["its directory", "", 0o000, ""],
    ["its steps", "steps", 0o000, ""],
    ["the removal of its steps", "steps", 0o555, PARTLY_REMOVED],
    ["its lock", "../.longhaul/locks/walk-two", 0o555, ""],
  ])("goes on with the others when the disk refuses %s: exit 75", async (_what, place, mode, gone) => {
    const scene = await threeRuns();
    const closed = join(scene.runs, "walk-two", place);
    chmodSync(closed, mode);
    const clean = await scene.exits(75, [...EVERYTHING, "--yes"], POWERLESS);
    expect(clean.stderr).toMatch(/^kept walk-two: Cannot use \S+: permission denied \(EACCES\)\.( |\n)/);
    expect(clean.stderr.slice(clean.stderr.indexOf("(EACCES).") + 9)).toBe(`${gone}\n`);
    expect(clean.stdout).toContain("Removed 2 runs, ");
    const again = await scene.exits(75, [...EVERYTHING, "--yes"], POWERLESS);
    expect(again.stderr).toContain("permission denied");
    for (const path of [closed, ...leftOf(scene)]) if (existsSync(path)) chmodSync(path, 0o755);
    await scene.exits(0, [...EVERYTHING, "--yes"], POWERLESS);
    expect([...runsOf(scene), ...leftOf(scene)]).toEqual([]);
  });

  it.each([
    [
      "a closed folder with the name of a run",
      0o000,
      /^kept my-notes: Cannot use \S+: permission denied \(EACCES\)\. Nothing shows that it is a run\.\n$/,
    ],
    ["a folder that may not be listed and holds no journal", 0o111, /^$/],
  ])("goes on beside %s: exit 0", async (_what, mode, said) => {
    const scene = await threeRuns();
    const closed = join(scene.runs, "my-notes");
    mkdirSync(closed);
    chmodSync(closed, mode);
    const clean = await scene.exits(0, [...EVERYTHING, "--yes"], POWERLESS);
    expect(clean.stderr).toMatch(said);
    expect(clean.stdout).toContain("Removed 3 runs, ");
    expect(runsOf(scene)).toEqual(["my-notes"]);
  });

  it.each([
    ["after it was listed", "walk-two", "existsSync", "walk-two/journal.jsonl", ["walk-one", "walk-three"]],
    ["after it was looked at", "walk-two", "existsSync", ".longhaul/cleaning", ALL_THREE],
    ["while its sessions are looked for", "walk-two", "existsSync", "walk-two", ALL_THREE],
    ["just before it goes", "walk-one", "mkdirSync", ".longhaul/cleaning", ALL_THREE],
  ] as const)(
    "says nothing of a run that somebody else removes %s",
    async (_when, run, call, path, listed) => {
      const scene = await threeRuns();
      const clean = await scene.exits(0, [...EVERYTHING, "--yes", "--json"], {
        nodeArgs: ["--import", removedAt(call, join(scene.runs, path), join(scene.runs, run))],
      });
      expect(clean.stderr).toBe("");
      const { runs, kept } = JSON.parse(clean.stdout) as { runs: { run: string }[]; kept: unknown[] };
      expect({ runs: runs.map(({ run }) => run), kept }).toEqual({ runs: listed, kept: [] });
      expect(runsOf(scene)).toEqual([]);
    },
  );

  it("keeps the newest, and a workspace that a person chose", async () => {
    const scene = createScene();
    scene.write(shortWalk("walk"));
    const mine = scene.path("mine");
    for (const id of ["one", "two", "three"])
      await calls(scene, 0, ["run", "walk", "--run-id", id, "--workspace", mine]);
    await calls(scene, 0, ["clean", "--keep", "2", "--yes"]);
    expect(runsOf(scene)).toEqual(["walk-three", "walk-two"]);
    await calls(scene, 0, ["clean", "--max-size", "0B", "--yes"]);
    expect(runsOf(scene)).toEqual([]);
    expect(existsSync(mine)).toBe(true);
  });

  it("removes the sessions that the journal names, but not for a copy of the run", async () => {
    const scene = createScene();
    const id = "0d5c9e6e-0000-4000-8000-00000000000a";
    const session = join(scene.home, ".claude/projects/-workspace", `${id}.jsonl`);
    const other = join(dirname(session), "0d5c9e6e-0000-4000-8000-00000000000b.jsonl");
    mkdirSync(dirname(session), { recursive: true });
    scene.write({ ...AGENT, "bin/claude": fakeClaude(id) });
    writeFileSync(session, "");
    writeFileSync(other, "");
    const env = {
      PATH: `${scene.path("bin")}:${process.env["PATH"] ?? ""}`,
      ANTHROPIC_API_KEY: "none-at-all",
    };
    await calls(scene, 0, ["run", "agent", "--cli", "claude"], env);
    expect(readFileSync(join(scene.runs, "agent-default/journal.jsonl"), "utf8")).toContain(id);
    cpSync(scene.runs, scene.path("copies"), { recursive: true });
    await calls(scene, 0, [...EVERYTHING, "--yes", "--runs-dir", scene.path("copies")]);
    expect(existsSync(scene.path("copies/agent-default"))).toBe(false);
    expect(existsSync(session)).toBe(true);
    await calls(scene, 0, [...EVERYTHING, "--yes"]);
    expect(existsSync(session)).toBe(false);
    expect(existsSync(other)).toBe(true);
  });

  it.each([
    [["clean"], "No flag says which runs to remove."],
    [["clean", "--older-than", "soon"], "--older-than soon cannot be read."],
    [["clean", "--max-size", "big"], "For example: --max-size 10GB"],
    [["clean", "--keep", "-1"], "--keep"],
  ])("refuses %j", async (args, message) => {
    const scene = createScene();
    expect((await calls(scene, 2, args)).stderr).toContain(message);
  });
});

/** Somebody else at work beside: removes `victim` right after a call of node:fs for `path`. */
const removedAt = (call: "existsSync" | "mkdirSync", path: string, victim: string): string => {
  const module = `
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
const { ${call}: original } = fs;
fs.${call} = (path, options) => {
  const result = original(path, options);
  if (path === ${JSON.stringify(path)}) fs.rmSync(${JSON.stringify(victim)}, { recursive: true, force: true });
  return result;
};
syncBuiltinESMExports();
`;
  return `data:text/javascript,${encodeURIComponent(module)}`;
};

const AGENT = {
  "agent/workflow.yaml": `
name: agent
start: ask
nodes:
  - { id: ask, type: agent, prompt: ask.md, next: done }
  - { id: done, type: terminal }
`,
  "agent/ask.md": "Say hello.\n",
};

/** Prints what the real CLI prints for a success (tests/fixtures/recordings), under the id given. */
const fakeClaude = (id: string): string => {
  const recording = join(import.meta.dirname, "../fixtures/recordings/claude/success.jsonl");
  const stream = readFileSync(recording, "utf8").replaceAll(/"session_id":"[^"]+"/g, `"session_id":"${id}"`);
  return `#!/usr/bin/env bash\ncat > /dev/null\ncat <<'STREAM'\n${stream.trimEnd()}\nSTREAM\n`;
};
