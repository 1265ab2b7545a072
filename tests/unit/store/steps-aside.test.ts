import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { systemFiles } from "../../../src/store/files.ts";
import { setStepsAside } from "../../../src/store/steps-aside.ts";
import { treeOf } from "../../support/run-directory.ts";
import { temporaryDirectory } from "./run-fixture.ts";

/** A run directory in which the attempts, named below `steps`, have left output. */
function runWith(...attempts: readonly string[]): string {
  const runDir = temporaryDirectory();
  for (const attempt of attempts) print(runDir, attempt);
  return runDir;
}

function print(runDir: string, attempt: string): void {
  const path = join(runDir, "steps", attempt, "stdout.log");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "said");
}

const filesOf = (runDir: string): readonly string[] =>
  Object.keys(treeOf(runDir)).filter((name) => name.endsWith("stdout.log"));

test("steps and attempts in the journal stay", () => {
  const runDir = runWith("000001-plan/attempts/01", "000002-work/attempts/01", "000002-work/attempts/02");
  const before = treeOf(runDir);
  expect(setStepsAside(runDir, { last: 2, attempts: 2 }, systemFiles)).toBe(false);
  expect(treeOf(runDir)).toEqual(before);
});

test("later ones are moved aside, also after an earlier repair", () => {
  const runDir = runWith(
    "000001-plan/attempts/02",
    "000002-work/attempts/01",
    "000002-work/attempts/02",
    "000003-work/attempts/01",
  );
  const known = { last: 2, attempts: 1 };
  expect(setStepsAside(runDir, known, systemFiles)).toBe(true);
  print(runDir, "000002-work/attempts/02");
  print(runDir, "000003-work/attempts/01");
  expect(setStepsAside(runDir, known, systemFiles)).toBe(true);
  expect(filesOf(runDir)).toEqual([
    "steps/000001-plan/attempts/02/stdout.log",
    "steps/000002-work/attempts/01/stdout.log",
    "steps.before-repair/000002-work/attempts/02/stdout.log",
    "steps.before-repair/000002-work/attempts/02.1/stdout.log",
    "steps.before-repair/000003-work/attempts/01/stdout.log",
    "steps.before-repair/000003-work.1/attempts/01/stdout.log",
  ]);
});

test("no node's link dangles, and no foreign file is removed", () => {
  const runDir = runWith("000001-plan/attempts/01", "000002-work/attempts/01", "000003-last/attempts/01");
  for (const [node, step] of [
    ["plan", "000001-plan"],
    ["work", "000002-work"],
  ] as const)
    symlinkSync(join("steps", step), join(runDir, node));
  writeFileSync(join(runDir, "last"), "mine");
  setStepsAside(runDir, { last: 1, attempts: 1 }, systemFiles);
  const tree = treeOf(runDir);
  expect(tree).toMatchObject({ plan: "-> steps/000001-plan", last: expect.stringMatching(/^4 /) });
  expect(tree).not.toHaveProperty("work");
});

test("a run without steps has nothing to move", () => {
  expect(setStepsAside(temporaryDirectory(), { last: 0, attempts: 0 }, systemFiles)).toBe(false);
});
