import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { keepOutcome, outcomeOf } from "../../../src/container/outcome.ts";
import { type ContainerScene, createContainer, recordedRun } from "./container-scene.ts";

const START = "20260101T000000Z-0123";

function addRun(scene: ContainerScene, name: string, run: ReturnType<typeof recordedRun>): void {
  for (const [file, text] of Object.entries(run)) scene.write({ [`runs/${name}/${file}`]: text });
}

const outcomeIn = ({ places }: ContainerScene, startId = START) => outcomeOf({ places, startId });

test("an outcome that is kept is found by the same start, and by no other", () => {
  const scene = createContainer();
  keepOutcome({ ...scene, startId: START, exitCode: 8 });
  expect(outcomeIn(scene)).toBe(8);
  expect(outcomeIn(scene, "another")).toBeUndefined();
  expect(scene.text(`runs/.outcomes/${START}`)).toBe("8\n");
  expect(scene.text("tmp/longhaul-outcome")).toBe("8\n");
});

test("a start id that is no file name is kept under one", () => {
  const scene = createContainer();
  keepOutcome({ ...scene, startId: "../a start", exitCode: 0 });
  expect(scene.text("runs/.outcomes/..-a-start")).toBe("0\n");
});

test.each([
  { what: "that began it", startIds: [START] },
  { what: "that went on with it", startIds: ["first", START] },
  { what: "whose run another start has ended", startIds: [START, "last"] },
])("without a kept outcome that of run.json counts, for a start $what", ({ startIds }) => {
  const scene = createContainer();
  addRun(scene, "flow-another", recordedRun({ startIds: ["another"], exitCode: 1 }));
  addRun(scene, "flow-default", recordedRun({ startIds, exitCode: 6 }));
  expect(outcomeIn(scene)).toBe(6);
});

test.each([
  { what: "is under way", run: recordedRun({ startIds: [START], exitCode: null }) },
  { what: "is another's", run: recordedRun({ startIds: ["another"], exitCode: 0 }) },
  {
    what: "has a prompt that quotes the start",
    run: {
      ...recordedRun({ startIds: ["another"], exitCode: 0 }),
      "journal.jsonl": `${JSON.stringify({ prompt: `"start_id":"${START}"` })}\n`,
    },
  },
  {
    what: "has a torn run.json",
    run: { ...recordedRun({ startIds: [START], exitCode: 0 }), "run.json": "{" },
  },
])("a start whose run $what goes on", ({ run }) => {
  const scene = createContainer();
  addRun(scene, "flow-default", run);
  scene.write({ [`runs/.outcomes/${START}`]: "" });
  expect(outcomeIn(scene)).toBeUndefined();
});

test("journals that were not written since the container was made are not looked into", () => {
  const scene = createContainer();
  addRun(scene, "flow-default", recordedRun({ startIds: [START], exitCode: 0 }));
  writeFileSync(scene.places.creationMark, "");
  const created = new Date("2026-02-01");
  utimesSync(scene.places.creationMark, created, created);
  const journal = path.join(scene.places.runs, "flow-default/journal.jsonl");
  utimesSync(journal, created, new Date("2026-01-31"));
  expect(outcomeIn(scene)).toBeUndefined();
  utimesSync(journal, created, new Date("2026-02-02"));
  expect(outcomeIn(scene)).toBe(0);
});

test("a volume that does not take the outcome is told of, and run.sh finds it in the temporary file", () => {
  const scene = createContainer();
  rmSync(scene.places.runs, { recursive: true });
  writeFileSync(scene.places.runs, "no directory");
  keepOutcome({ ...scene, startId: START, exitCode: 1 });
  expect(scene.said).toEqual([
    expect.stringMatching(
      /^could not keep the exit code 1 in .*\/runs\/\.outcomes\/.*: is the volume full, or/,
    ),
  ]);
  expect(scene.text("tmp/longhaul-outcome")).toBe("1\n");
});

test("a temporary file that cannot be written is no matter where the volume takes the outcome", () => {
  const scene = createContainer();
  mkdirSync(scene.places.unkeptOutcome);
  keepOutcome({ ...scene, startId: START, exitCode: 1 });
  expect(scene.said).toEqual([]);
  expect(outcomeIn(scene)).toBe(1);
});
