import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemFiles } from "../../../src/store/files.ts";
import { temporaryDirectory } from "./run-fixture.ts";

describe("makeDirectory", () => {
  test("makes missing directories and leaves existing ones alone", () => {
    const root = temporaryDirectory();
    systemFiles.makeDirectory(join(root, "a/b/c"));
    writeFileSync(join(root, "a/b/c/kept"), "");
    systemFiles.makeDirectory(join(root, "a/b/c"));
    systemFiles.makeDirectory(root);
    expect(statSync(join(root, "a/b/c/kept")).isFile()).toBe(true);
  });

  test("accepts a link to a directory", () => {
    const root = temporaryDirectory();
    mkdirSync(join(root, "there"));
    symlinkSync("there", join(root, "link"));
    systemFiles.makeDirectory(join(root, "link/below"));
    expect(existsSync(join(root, "there/below"))).toBe(true);
  });

  test.each([
    ["a file", (path: string) => writeFileSync(path, "")],
    ["a link to nothing", (path: string) => symlinkSync("nowhere", path)],
  ])("refuses %s in its place, or above it", (_, put) => {
    const path = join(temporaryDirectory(), "taken");
    put(path);
    for (const refused of [path, join(path, "below")]) {
      expect(() => systemFiles.makeDirectory(refused)).toThrow(
        `Cannot use ${refused}: a file is in place of the directory (ENOTDIR).`,
      );
    }
  });

  test.runIf(existsSync("/proc"))("throws where nothing can be made, and does not try for ever", () => {
    expect(() => systemFiles.makeDirectory("/proc/longhaul/a/b")).toThrow("ENOENT");
  });
});
