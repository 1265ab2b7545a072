import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createDiskGauge } from "../../../src/store/free-disk.ts";

test("the gauge reads again after a second, and leaves out unreadable paths", () => {
  const directory = mkdtempSync(join(tmpdir(), "longhaul-gauge-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const later = join(directory, "later");
  let nowMs = 5000;
  const measured = createDiskGauge([directory, later], () => nowMs);
  const paths = () => measured().map(({ path }) => path);

  expect(paths()).toEqual([directory]);
  mkdirSync(later);
  nowMs += 999;
  expect(paths()).toEqual([directory]);
  nowMs += 1;
  expect(paths()).toEqual([directory, later]);
  expect(measured().every(({ freeBytes }) => freeBytes > 0)).toBe(true);
});
