import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FileSystem } from "../../../src/store/file-system.ts";
import { nodeFileSystem } from "../../../src/store/files.ts";
import { archiveRun, finishArchive, holdsRun } from "../../../src/store/run-archive.ts";
import { temporaryDirectory } from "./run-fixture.ts";

function oldRun() {
  const root = temporaryDirectory();
  const runDir = join(root, "runs", "demo-default");
  const workspace = join(root, "work", "demo-default");
  const create = (mark: string) => {
    for (const directory of [runDir, workspace]) {
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, "mark"), mark);
    }
  };
  create("old");
  return {
    runDir,
    workspace,
    create,
    marks: (suffix: string) => [runDir, workspace].map((path) => markOf(path + suffix)),
  };
}

const markOf = (path: string): string => (existsSync(path) ? readFileSync(join(path, "mark"), "utf8") : "-");

test("moves run directory and workspace away under one number", async () => {
  const { runDir, workspace, create, marks } = oldRun();
  await archiveRun({ runDir, workspace, startId: null });
  expect([marks(""), marks(".1")]).toEqual([
    ["-", "-"],
    ["old", "old"],
  ]);
  create("newer");
  mkdirSync(`${workspace}.2`);
  const archived = await archiveRun({ runDir, workspace, startId: null });
  expect(archived).toMatchObject({
    kind: "archived",
    moves: [{ to: `${runDir}.3` }, { to: `${workspace}.3` }],
  });
  expect(marks(".3")).toEqual(["newer", "newer"]);
});

test("acts once per start id", async () => {
  const { runDir, workspace, create, marks } = oldRun();
  expect((await archiveRun({ runDir, workspace, startId: "s1" })).kind).toBe("archived");
  create("new");
  expect((await archiveRun({ runDir, workspace, startId: "s1" })).kind).toBe("seen");
  expect(marks("")).toEqual(["new", "new"]);
  expect((await archiveRun({ runDir, workspace, startId: "s2" })).kind).toBe("archived");
  expect(marks(".2")).toEqual(["new", "new"]);
});

test("leaves a workspace that is not Longhaul's alone", async () => {
  const { runDir, marks } = oldRun();
  await archiveRun({ runDir, workspace: null, startId: null });
  expect(marks("")).toEqual(["-", "old"]);
});

test("a run can be archived even when only its checkpoint is left", () => {
  const { runDir } = oldRun();
  expect(holdsRun(runDir)).toBe(false);
  writeFileSync(join(runDir, "checkpoint.json"), "");
  expect(holdsRun(runDir)).toBe(true);
});

describe("killed after each of its file operations", () => {
  /** Like a kill: from the n-th operation on nothing happens. */
  class Killed extends Error {}
  function dyingFiles(survives: number): FileSystem {
    let operations = 0;
    const live = <T>(action: () => T): T => {
      operations += 1;
      if (operations > survives) throw new Killed();
      return action();
    };
    return {
      ...nodeFileSystem,
      open: (path, mode) => live(() => nodeFileSystem.open(path, mode)),
      rename: (from, to) => live(() => nodeFileSystem.rename(from, to)),
      makeDirectory: (path) => live(() => nodeFileSystem.makeDirectory(path)),
      remove: (path) => live(() => nodeFileSystem.remove(path)),
    };
  }

  const kills = Array.from({ length: 14 }, (_, index) => index);

  test.each(kills)("%i: the same start completes it exactly once", async (survives) => {
    const { runDir, workspace, create, marks } = oldRun();
    const files = dyingFiles(survives);
    await archiveRun({ runDir, workspace, startId: "s1", files }).catch(expectKilled);
    await finishArchive({ runDir, startId: "s1" });
    await archiveRun({ runDir, workspace, startId: "s1" });
    expect([marks(""), marks(".1")]).toEqual([
      ["-", "-"],
      ["old", "old"],
    ]);

    create("new");
    await finishArchive({ runDir, startId: "s1" });
    await archiveRun({ runDir, workspace, startId: "s1" });
    expect([marks(""), marks(".2")]).toEqual([
      ["new", "new"],
      ["-", "-"],
    ]);
  });

  test.each(kills)("%i: another start finds both moved or neither", async (survives) => {
    const { runDir, workspace, marks } = oldRun();
    const files = dyingFiles(survives);
    await archiveRun({ runDir, workspace, startId: "s1", files }).catch(expectKilled);
    await finishArchive({ runDir, startId: "s2" });
    expect([
      ["old", "old"],
      ["-", "-"],
    ]).toContainEqual(marks(""));
    expect(existsSync(join(runDir, "..", ".longhaul", "archiving", "demo-default.json"))).toBe(false);
  });

  function expectKilled(error: unknown): void {
    expect(error).toBeInstanceOf(Killed);
  }
});
