import { expect, test } from "vitest";
import { FILTERS } from "../../../src/prompts/filters.ts";
import { renderText } from "../../../src/prompts/render.ts";
import { VALUE_TESTS } from "../../../src/prompts/value-tests.ts";

const PEOPLE = [
  { name: "Bo", age: 40, boss: { name: "Al" } },
  { name: "al", age: 30, boss: { name: "Cy" } },
];
const CONTEXT = { people: PEOPLE, words: ["b", "A", "c"], text: "the quick brown fox", none: null };

const FILTER_CASES: readonly (readonly [template: string, text: string])[] = [
  ["{{ -3 | abs }}", "3"],
  ["{{ [1, 2, 3] | batch(2) }}", "[[1,2],[3]]"],
  ["{{ [1, 2, 3] | batch(2, 0) }}", "[[1,2],[3,0]]"],
  ["{{ text | capitalize }}", "The quick brown fox"],
  ["[{{ 'ab' | center(6) }}]", "[  ab  ]"],
  [
    "{{ none | default('x') }}{{ false | default('x') }}{{ false | default('y', true) }}{{ 0 | d(1) }}",
    "xfalsey0",
  ],
  ["{{ { b: 1, a: 2 } | dictsort }}", '[["a",2],["b",1]]'],
  ["{{ { b: 1, a: 2 } | dictsort(by='value') }}", '[["b",1],["a",2]]'],
  ["{{ { a: [1] } | dump }}", '{"a":[1]}'],
  ["{{ { a: 1 } | json(2) }}", '{\n  "a": 1\n}'],
  ["{{ 'x' | tojson }}", '"x"'],
  ["{{ '<&>' | escape }}{{ '\"' | e }}", "&lt;&amp;&gt;&quot;"],
  ["{{ words | first }}{{ words | last }}{{ [] | first }}", "bc"],
  ["{{ '1.5x' | float }}{{ 'x' | float(0) }}", "1.50"],
  ["{{ people | groupby('boss.name') | length }}", "2"],
  ["{{ 'a\nb' | indent(2) }}|{{ 'a\nb' | indent(2, true) }}", "a\n  b|  a\n  b"],
  ["{{ '42px' | int }}{{ 'x' | int(7) }}{{ 'ff' | int(0, 16) }}", "427255"],
  ["{{ words | join }}{{ words | join('-') }}{{ people | join(',', 'name') }}", "bAcb-A-cBo,al"],
  ["{{ words | length }}{{ text | length }}{{ { a: 1 } | length }}{{ 5 | length }}", "31910"],
  ["{{ 'ab' | list }}{{ { a: 1 } | list }}", '["a","b"][{"key":"a","value":1}]'],
  ["{{ 'AB' | lower }}{{ 'ab' | upper }}", "abAB"],
  ["{{ [0, 1, ''] | select }}{{ [0, 1, ''] | reject }}{{ [1, 2, 3] | select('odd') }}", '[1][0,""][1,3]'],
  ["{{ [1, 2, 3] | select('gt', 1) }}{{ [1, 2] | reject('equalto', 1) }}", "[2,3][2]"],
  [
    "{{ [{ a: 1 }, { a: 0 }] | selectattr('a') }}{{ [{ a: 1 }, { a: 0 }] | rejectattr('a') }}",
    '[{"a":1}][{"a":0}]',
  ],
  [
    "{{ 'aaa' | replace('a', 'b') }}{{ 'aaa' | replace('a', 'b', 1) }}{{ 'ab' | replace('', '.') }}",
    "bbbbaa.a.b.",
  ],
  ["{{ words | reverse }}{{ 'abc' | reverse }}", '["c","A","b"]cba'],
  ["{{ 2.567 | round(2) }}{{ 2.1 | round(0, 'ceil') }}{{ 2.9 | round(0, 'floor') }}", "2.5732"],
  ["{{ text | safe }}{{ 5 | string }}", "the quick brown fox5"],
  ["{{ [1, 2, 3, 4, 5] | slice(2) }}{{ [1, 2, 3] | slice(2, 0) }}", "[[1,2,3],[4,5]][[1,2],[3,0]]"],
  [
    "{{ words | sort }}{{ words | sort(true) }}{{ words | sort(case_sensitive=true) }}",
    '["A","b","c"]["c","b","A"]["A","b","c"]',
  ],
  [
    "{{ people | sort(attribute='boss.name', reverse=true) | first }}",
    '{"name":"al","age":30,"boss":{"name":"Cy"}}',
  ],
  ["{{ [10, 9, 1] | sort }}", "[1,9,10]"],
  ["{{ [1, 2] | sum }}{{ people | sum('age') }}{{ [1] | sum(start=5) }}", "3706"],
  ["{{ 'two words' | title }}", "Two Words"],
  ["[{{ '  a b ' | trim }}]", "[a b]"],
  [
    "{{ text | truncate(9) }}|{{ text | truncate(6, true) }}|{{ text | truncate(9, end='') }}",
    "the quick...|the qu...|the quick",
  ],
  ["{{ 'a b&c' | urlencode }}", "a%20b%26c"],
  ["{{ text | wordcount }}", "4"],
];

test.each(FILTER_CASES)("%s", (template, text) => {
  expect(renderText(template, CONTEXT).text).toBe(text);
});

test("every filter is shown above", () => {
  const shown = FILTER_CASES.flatMap(([template]) =>
    [...template.matchAll(/\| (\w+)/g)].map((match) => match[1]),
  );
  expect([...FILTERS.keys()].filter((name) => !shown.includes(name))).toEqual([]);
});

test.each([...FILTERS.keys()])("%s copes with a missing value, null, numbers and objects", (name) => {
  const template = `{{ absent | ${name} }}{{ none | ${name} }}{{ 5 | ${name} }}{{ { a: 1 } | ${name} }}`;
  expect(typeof renderText(template, CONTEXT).text).toBe("string");
});

test.each([
  ["{{ words | join('a', 'b', 'c') }}", "line 1, column 12: filter `join` takes at most 2 arguments"],
  ["{{ words | sort(key='x') }}", "line 1, column 12: filter `sort` has no argument `key`"],
  ["{{ words | sotr }}", "line 1, column 12: unknown filter `sotr`; did you mean `sort`?"],
])("%s is refused", (template, message) => {
  expect(() => renderText(template, CONTEXT)).toThrowError(message);
});

test.each([
  ["absent is defined", false],
  ["none is defined", true],
  ["absent is undefined", true],
  ["none is none", true],
  ["absent is null", true],
  ["text is string", true],
  ["5 is number", true],
  ["{ a: 1 } is mapping", true],
  ["words is mapping", false],
  ["words is iterable", true],
  ["5 is iterable", false],
  ["'' is truthy", false],
  ["'' is falsy", true],
  ["4 is even", true],
  ["-3 is odd", true],
  ["9 is divisibleby(3)", true],
  ["words is equalto(['b', 'A', 'c'])", true],
  ["'1' is eq(1)", true],
  ["'1' is sameas(1)", false],
  ["1 is ne(2)", true],
  ["2 is gt(1)", true],
  ["1 is greaterthan(2)", false],
  ["2 is ge(2)", true],
  ["1 is lt(2)", true],
  ["2 is lessthan(1)", false],
  ["2 is le(2)", true],
  ["'a' is lower", true],
  ["'a' is upper", false],
  ["5 is not string", true],
])("%s -> %s", (expression, expected) => {
  expect(renderText(`{{ ${expression} }}`, CONTEXT).text).toBe(String(expected));
});

test("every test has a name of letters", () => {
  expect([...VALUE_TESTS.keys()].filter((name) => !/^[a-z]+$/.test(name))).toEqual([]);
});
