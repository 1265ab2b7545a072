/**
 * Run directories of version 0.1.0 as it was before the restructuring, made by real runs (tests/fixtures/old-runs): they
 * are read, planned and gone on with as that version did. What the command lines of agents do with theirs is in
 * tests/conformance/old-runs.test.ts, with the deeper looks at all of them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createScene } from "../support/longhaul.ts";
import { lostSince } from "../support/old-runs/gave.ts";
import { layOut } from "../support/old-runs/lay-out.ts";
import { planOf, resumeOf, showOf, statusOf } from "../support/old-runs/looks.ts";
import { oldRuns } from "../support/old-runs/old-run.ts";

const all = oldRuns();
const replayed = all.filter(({ cli }) => cli === "replay");

it("status shows all old runs as before", async () => {
  const scene = createScene();
  const status = await statusOf(
    scene,
    all.map((old) => layOut(old, scene.root)),
  );
  expect(all.length).toBeGreaterThan(20);
  expect(all.flatMap((old) => lostSince(old, "status", status[old.name]))).toEqual([]);
});

it.each(replayed.map((old) => [old.name, old] as const))(
  "%s is shown and gone on with as before",
  async (_name, old) => {
    const scene = createScene();
    const laidOut = layOut(old, scene.root);
    expect(lostSince(old, "show", await showOf(scene, laidOut))).toEqual([]);
    expect(lostSince(old, "resume", await resumeOf(scene, laidOut))).toEqual([]);
  },
);

/** One of each kind of plan; the conformance suite looks at all of them. */
const PLANNED = new Set(["at-limit", "killed-between-steps", "killed-in-cap", "moved"]);

it("plans are as before", async () => {
  const scene = createScene();
  const planned = all.filter(({ name }) => PLANNED.has(name));
  expect(planned).toHaveLength(PLANNED.size);
  for (const old of planned)
    expect(lostSince(old, "plan", await planOf(scene, layOut(old, scene.root)))).toEqual([]);
});

it("a finished run goes back to an earlier visit as before, and gives its answers to another run", async () => {
  const scene = createScene();
  const old = all.find(({ name }) => name === "finished");
  if (old === undefined) throw new Error("The finished run is gone.");
  const laidOut = layOut(old, scene.root);
  const run = ["run", "finished", "--cli", "replay", "--quiet"];
  await scene.exits(0, [...run, "--run-id", "again", "--replay", laidOut.runDir]);
  expect(readFileSync(join(scene.runs, "finished-again/context.json"), "utf8")).toBe(
    readFileSync(join(laidOut.runDir, "context.json"), "utf8"),
  );
  const starts = [
    { args: [...run, "--from", "build"], env: { AGENT_INVOKE_BACKOFF_BASE_S: "0.05" }, code: 0 },
  ];
  expect(lostSince(old, "from build", await resumeOf(scene, laidOut, { starts }))).toEqual([]);
});
