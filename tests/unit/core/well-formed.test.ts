import { expect, test } from "vitest";
import { wellFormed } from "../../../src/core/json.ts";

test.each([
  ["half a character", "a\ud800b", "a\ufffdb"],
  ["the other half", { deep: ["\udc00"] }, { deep: ["\ufffd"] }],
  ["a whole one", "\ud83d\ude00", "\ud83d\ude00"],
  ["text that only looks like one", "\\ud800", "\\ud800"],
])("%s", (_what, value, expected) => {
  expect(wellFormed(value)).toEqual(expected);
  expect(Buffer.from(JSON.stringify(wellFormed(value))).toString()).toBe(JSON.stringify(expected));
});
