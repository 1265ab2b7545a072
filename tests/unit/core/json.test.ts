import { expect, test } from "vitest";
import { isTooDeep, type Json } from "../../../src/core/json.ts";

const lists = (depth: number): Json => JSON.parse("[".repeat(depth) + "]".repeat(depth)) as Json; // JSON by making

test.each<[string, Json, boolean]>([
  ["a text", "x", false],
  ["null", null, false],
  ["a hundred lists", lists(100), false],
  ["more than that", lists(102), true],
  ["what would exhaust the stack", lists(50_000), true],
  ["a deep one beside flat ones", { flat: [1, 2], deep: [{ x: lists(200) }] }, true],
])("%s", (_what, value, expected) => {
  expect(isTooDeep(value)).toBe(expected);
});
