import { expect, test } from "vitest";
import { isInRange, VERSION_RANGE, versionIn } from "../../../src/graph/version-range.ts";

test.each([
  ["1.6", ">=1.6", true],
  ["1.10.2", ">=1.6", true],
  ["1.5.9", ">=1.6", false],
  ["2", ">=1.6 <3", true],
  ["3.0.0", ">=1.6 <3", false],
  ["3.0.1", ">3", true],
  ["3.0", ">3", false],
  ["3.0", "<=3", true],
  ["20.1.0", "20", true],
  ["201.0", "20", false],
  ["2.0.0", "=2", true],
])("%s in %s: %s", (version, range, expected) => {
  expect(isInRange(version, range)).toBe(expected);
});

test.each([
  ["jq-1.6", "1.6"],
  ["git version 2.39.5 (Apple Git-154)", "2.39.5"],
  ["v20.20.2\n", "20.20.2"],
  ["Python 3.11.2", "3.11.2"],
  ["none", undefined],
])("the version in %j is %s", (text, version) => {
  expect(versionIn(text)).toBe(version);
});

test.each([">=1.6", "1", ">= 1.6 < 3", "=2.0"])("%j is a range", (range) => {
  expect(range).toMatch(VERSION_RANGE);
});
test.each(["", "new", "^1.2", ">=", "1.x", `${"1".repeat(60)}x`])("%j is no range", (range) => {
  expect(range).not.toMatch(VERSION_RANGE);
});
