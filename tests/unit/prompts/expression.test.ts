import { expect, test } from "vitest";
import type { Json } from "../../../src/core/json.ts";
import { evaluate, evaluateDeep, isSingleExpression } from "../../../src/prompts/expression.ts";

const CONTEXT = {
  plan: { status: "blocked", tasks: ["a", "b"] },
  count: 3,
  nothing: null,
  text: "{{ count }}",
};

test.each<[text: string, value: Json]>([
  ["{{ plan }}", { status: "blocked", tasks: ["a", "b"] }],
  ["{{ plan.tasks }}", ["a", "b"]],
  ["{{ plan.tasks | length }}", 2],
  ["{{ count + 1 }}", 4],
  ["{{ count > 2 }}", true],
  ["{{ nothing }}", null],
  ["{{ absent }}", null],
  ["{{ absent.deeper }}", null],
  ["{{ absent | default([]) }}", []],
  ["  {{ count }}\n", 3],
  ["{{ [count, absent] }}", [3, null]],
  ["{{ { a: count } }}", { a: 3 }],
  ["{{ plan.status == 'blocked' and not absent }}", true],
  ["{{ count if count > 5 }}", ""],
  ["{{ text }}", "{{ count }}"],
  ["n={{ count }}", "n=3"],
  ["{{ count }}{{ count }}", "33"],
  ["{% if count %}{{ count }}{% endif %}", "3"],
  ["{# note #}{{ count }}", 3],
  ["plain", "plain"],
  ["", ""],
  ["{{ 1 / 0 }}", null],
])("%j is %j", (text, value) => {
  expect(evaluate(text, CONTEXT).value).toEqual(value);
});

test("missing names and reads are returned with the value", () => {
  expect(evaluate("{{ plan.status == absent.x }}", CONTEXT)).toEqual({
    value: false,
    missing: ["absent.x"],
    reads: ["plan"],
  });
  expect(evaluate("{{ count }} {{ absent }}", CONTEXT)).toEqual({
    value: "3 ",
    missing: ["absent"],
    reads: ["count"],
  });
});

test("texts in lists and objects are evaluated, keys and other values are not", () => {
  const value = {
    "{{ count }}": ["{{ plan.tasks }}", 1, null, { n: "{{ count }}", s: "n{{ absent }}" }],
    flag: true,
  };
  expect(evaluateDeep(value, CONTEXT)).toEqual({
    value: { "{{ count }}": [["a", "b"], 1, null, { n: 3, s: "n" }], flag: true },
    missing: ["absent"],
    reads: ["plan", "count"],
  });
});

test("a value that looks like a template is not evaluated again", () => {
  expect(evaluateDeep(["{{ text }}"], CONTEXT).value).toEqual(["{{ count }}"]);
});

test("what counts as one single expression", () => {
  expect(
    ["{{ a }}", " {{ a | b }} ".replace("b", "upper"), "{{ a }} {{ b }}", "x{{ a }}", "a", ""].map(
      isSingleExpression,
    ),
  ).toEqual([true, true, false, false, false, false]);
});
