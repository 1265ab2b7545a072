import { expect, test } from "vitest";
import type { Json } from "../../../src/core/json.ts";
import { chooseBranch, holds } from "../../../src/graph/next-node.ts";
import type { ConditionOperator } from "../../../src/graph/branch-schema.ts";
import type { BranchNode } from "../../../src/graph/schema.ts";

const CONTEXT = {
  checks: { failed: 3, text: "7", ok: false, name: "Bob", none: null, list: [1, "2"] },
  tasks: [{ id: "t1" }, { id: "t2" }],
  limit: 10,
};

const branch = (fields: Partial<BranchNode>): BranchNode => ({ id: "decide", type: "branch", ...fields });

test.each<[name: string, fields: Partial<BranchNode>, value: Json, next: string | undefined, how: string]>([
  ["a number", { path: "checks.failed", cases: { "3": "a" }, default: "z" }, 3, "a", 'case "3"'],
  ["a boolean", { path: "checks.ok", cases: { false: "a", true: "b" } }, false, "a", 'case "false"'],
  ["text", { path: "checks.name", cases: { Bob: "a" } }, "Bob", "a", 'case "Bob"'],
  ["null", { path: "checks.none", cases: { null: "a" } }, null, "a", 'case "null"'],
  ["nothing, as YAML writes null", { path: "checks.none", cases: { "": "a" } }, null, "a", 'case ""'],
  ["something missing", { path: "checks.gone.deep", cases: { null: "a" } }, null, "a", 'case "null"'],
  ["a list item", { path: "tasks.1.id", cases: { t2: "a" } }, "t2", "a", 'case "t2"'],
  ["a list", { path: "checks.list", cases: { '[1,"2"]': "a" } }, [1, "2"], "a", 'case "[1,\\"2\\"]"'],
  ["the length of a list", { path: "tasks.length", cases: { "2": "a" } }, 2, "a", 'case "2"'],
  ["no case, default", { path: "checks.failed", cases: { "4": "a" }, default: "z" }, 3, "z", "default"],
  ["no case, no default", { path: "checks.failed", cases: { "4": "a" } }, 3, undefined, "nothing matched"],
  ["an inherited name is no case", { path: "checks.name", cases: {}, default: "z" }, "Bob", "z", "default"],
  ["nothing inherited", { path: "checks.constructor", cases: { null: "a" } }, null, "a", 'case "null"'],
  [
    "conditions in order",
    {
      path: "checks.failed",
      conditions: [
        { op: ">", value: 5, next: "a" },
        { op: ">", value: 2, next: "b" },
        { op: ">", value: 1, next: "c" },
      ],
    },
    3,
    "b",
    "condition > 2",
  ],
  [
    "numbers spelled as text",
    { path: "checks.text", conditions: [{ op: "<", value: 10, next: "a" }] },
    "7",
    "a",
    "condition < 10",
  ],
  [
    "a templated condition",
    { path: "checks.failed", conditions: [{ op: "<", value: "{{ limit - 1 }}", next: "a" }] },
    3,
    "a",
    "condition < 9",
  ],
  [
    "when",
    {
      when: [
        { if: "{{ checks.ok }}", next: "a" },
        { if: "{{ not checks.ok }}", next: "b" },
      ],
    },
    null,
    "b",
    "when {{ not checks.ok }}",
  ],
  [
    "cases before conditions before when",
    {
      path: "checks.failed",
      cases: { "3": "a" },
      conditions: [{ op: "==", value: 3, next: "b" }],
      when: [{ if: "{{ 1 }}", next: "c" }],
    },
    3,
    "a",
    'case "3"',
  ],
  [
    "conditions before when",
    {
      path: "checks.failed",
      cases: { "4": "a" },
      conditions: [{ op: "==", value: 3, next: "b" }],
      when: [{ if: "{{ 1 }}", next: "c" }],
    },
    3,
    "b",
    "condition == 3",
  ],
])("branches on %s", (_, fields, value, next, how) => {
  expect(chooseBranch(branch(fields), CONTEXT)).toMatchObject({ value, next, how });
});

test("reports what was read and what was missing", () => {
  const node = branch({
    path: "checks.gone",
    cases: { x: "a" },
    conditions: [{ op: "==", value: "{{ limit }}", next: "a" }],
    when: [{ if: "{{ tasks and other.thing }}", next: "b" }],
  });
  expect(chooseBranch(node, CONTEXT)).toEqual({
    value: null,
    next: undefined,
    how: "nothing matched",
    missing: ["checks.gone", "other.thing"],
    reads: ["checks", "limit", "tasks"],
  });
});

test("nothing is read beyond the decision", () => {
  const node = branch({ path: "limit", cases: { "10": "a" }, when: [{ if: "{{ tasks }}", next: "b" }] });
  expect(chooseBranch(node, CONTEXT).reads).toEqual(["limit"]);
});

test.each<[left: Json, operator: ConditionOperator, right: Json, expected: boolean]>([
  [10, ">", 9, true],
  ["10", ">", "9", true],
  ["10", ">", 9, true],
  ["abc", "<", "abd", true],
  ["abc", "<", 5, false],
  [3, ">=", 3, true],
  [3, "<=", 2, false],
  [null, "<", 5, false],
  [null, ">=", 0, false],
  [null, "==", null, true],
  [null, "!=", 1, true],
  ["1.0", "==", 1, true],
  ["a", "==", "a", true],
  [true, "==", "true", false],
  [true, "==", true, true],
  [[1], "==", [1], true],
  [{ a: 1 }, "!=", { a: 2 }, true],
  ["", "==", 0, false],
])("%j %s %j is %j", (left, operator, right, expected) => {
  expect(holds(operator, left, right)).toBe(expected);
});
