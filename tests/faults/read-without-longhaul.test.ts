import { execFileSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { countPoints, crashScene, resume, startKilled } from "../support/crash-run.ts";
import { recordFault } from "../support/fault-matrix.ts";
import type { Scene } from "../support/longhaul.ts";
import { treeOf } from "../support/run-directory.ts";

const KILLS = 10;

it("every artifact of a killed run is read with ls, cat, jq and git alone", async ({ task }) => {
  const points = await countPoints(crashScene());
  const readings: Reading[] = [];
  for (let number = 1; number <= KILLS; number += 1) {
    const point = points[Math.floor((number * points.length) / (KILLS + 1))];
    if (point === undefined) throw new Error("The run has no points.");
    const scene = crashScene();
    await startKilled(scene, { point, moment: "before", family: "dies" });
    const killed = read(scene);
    readings.push(killed, await resume(scene).then(() => read(scene)));
  }
  const last = readings.at(-1);
  expect(last?.finished).toHaveLength(10);
  expect(readings.flatMap(({ dangling }) => dangling)).toEqual([]);
  for (const { finished, shown } of readings) expect(finished).toEqual(expect.arrayContaining([...shown]));
  const artifacts = readings.reduce((sum, { files }) => sum + files, 0);
  recordFault(task, {
    promise: 4,
    fault: "a run is killed, and a person reads its directory without Longhaul",
    how: "SIGKILL at points spread over the run; every file read after the kill and after the end",
    injected: KILLS,
    found: {
      "files read with cat": artifacts,
      "JSON files and lines that jq read": readings.reduce((sum, { values }) => sum + values, 0),
      "files that git took in": readings.reduce((sum, { committed }) => sum + committed, 0),
      "links that lead nowhere": readings.flatMap(({ dangling }) => dangling).length,
      "steps shown as finished that are not": readings.flatMap(({ finished, shown }) =>
        shown.filter((step) => !finished.includes(step)),
      ).length,
    },
    outcome: "what stands there is whole, and agrees with the journal",
  });
});

interface Reading {
  readonly files: number;
  readonly values: number;
  readonly committed: number;
  readonly dangling: readonly string[];
  /** Steps whose end the journal has, and those whose folder shows an output. */
  readonly finished: readonly number[];
  readonly shown: readonly number[];
}

/** Reads the whole run directory as a person would; a tool that fails fails the test. */
function read(scene: Scene): Reading {
  const dir = join(scene.runs, "crash-default");
  if (!existsSync(join(dir, "journal.jsonl")))
    return { files: 0, values: 0, committed: 0, dangling: [], finished: [], shown: [] };
  const tool = (name: string, ...args: string[]) => execFileSync(name, args, { cwd: dir, encoding: "utf8" });
  tool("ls", "-lR");
  const tree = Object.entries(treeOf(dir)).filter(([, what]) => what !== "directory");
  const links = tree.filter(([, what]) => what.startsWith("-> ")).map(([name]) => name);
  const files = tree.map(([name]) => name).filter((name) => !links.includes(name));
  for (const file of files) tool("cat", file);
  const json = files.filter((name) => name.endsWith(".json"));
  const values = json.map((name) => tool("jq", "-c", ".", name).trimEnd().split("\n").length);
  const lines = tool("jq", "-c", ".type", "journal.jsonl").trimEnd().split("\n").length;
  const finished = tool("jq", 'select(.type == "step.finished") | .step', "journal.jsonl");
  const git = (...args: string[]) =>
    tool("git", "--git-dir", join(scene.root, "history"), "--work-tree", dir, ...args);
  git("init", "--quiet");
  git("add", "--all");
  return {
    files: files.length,
    values: values.reduce((sum, count) => sum + count, 0) + lines,
    committed: git("ls-files").trimEnd().split("\n").length,
    dangling: links.filter(
      (name) => !existsSync(join(dir, name)) || !realpathSync(join(dir, name)).startsWith(dir),
    ),
    finished: numbersIn(finished),
    shown: files.flatMap((name) => numbersIn(/^steps\/0*(\d+)-[^/]+\/output\.json$/.exec(name)?.[1] ?? "")),
  };
}

const numbersIn = (text: string): readonly number[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map(Number);
