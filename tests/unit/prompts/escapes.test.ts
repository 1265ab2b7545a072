import { expect, test } from "vitest";
import { renderText } from "../../../src/prompts/render.ts";
import { TemplateError } from "../../../src/prompts/template-error.ts";

const CONTEXT = { text: "abc", list: [1, 2], object: { a: 1 }, number: 1 };

/** The problem that rendering throws; no error, or one that is not a TemplateError, fails the test. */
function refusalOf(template: string): string {
  try {
    return `rendered: ${renderText(template, CONTEXT).text.slice(0, 100)}`;
  } catch (error) {
    if (error instanceof TemplateError) return error.problem;
    throw error;
  }
}

/** Names that JavaScript finds on values and in scope; for a template they do not exist. */
test.each([
  "{{ text.constructor }}",
  "{{ list.constructor.constructor }}",
  "{{ object['constructor'] }}",
  "{{ object['con' ~ 'structor'] }}",
  "{{ object.__proto__ }}",
  "{{ object['__proto__']['polluted'] }}",
  "{{ text.length.constructor }}",
  "{{ number.toFixed }}",
  "{{ list.map }}",
  "{{ list.push }}",
  "{{ text.prototype }}",
  "{{ constructor }}",
  "{{ __proto__ }}",
  "{{ hasOwnProperty }}",
  "{{ toString }}",
  "{{ this }}",
  "{{ globalThis }}",
  "{{ process }}",
  "{{ require }}",
  "{{ global.process }}",
  "{{ self }}",
  "{{ env }}",
  "{{ context }}",
  "{{ frame }}",
  "{{ runtime }}",
  "{{ range }}",
  "{{ range.constructor }}",
  "{{ cycler }}",
  "{{ joiner }}",
  "{{ loop }}",
  "{{ caller }}",
  "{% macro m() %}{% endmacro %}{{ m }}{{ m.constructor }}",
  "{% for x in list %}{{ loop.constructor }}{% endfor %}",
  "{% for key in object.constructor %}x{% endfor %}",
  "{{ ('x' | safe).constructor }}",
  "{{ ([] | first).constructor }}",
  "{{ {}.constructor }}",
  "{{ [].constructor.constructor }}",
])("%s gives nothing", (template) => {
  expect(renderText(template, CONTEXT).text).toBe("");
});

test.each([
  ["{{ [{ a: 1 }] | join(',', 'constructor') }}", ""],
  ["{{ [{ a: 1 }] | sort(attribute='__proto__.x') }}", '[{"a":1}]'],
  ["{{ [{ a: 1 }] | groupby('constructor') }}", '{"":[{"a":1}]}'],
  ["{{ [{ a: 1 }] | groupby('a') }}", '{"1":[{"a":1}]}'],
  ["{{ [{ a: '__proto__' }] | groupby('a') }}", '{"__proto__":[{"a":"__proto__"}]}'],
  ["{{ [{ a: 1 }] | selectattr('constructor') }}", "[]"],
  ["{{ [{ a: 1 }] | sum('valueOf') }}", "0"],
  ["{{ 'constructor' in object }}{{ '__proto__' in object }}", "falsefalse"],
  ["{{ { __proto__: { polluted: 1 } } }}", '{"__proto__":{"polluted":1}}'],
  ["{{ { __proto__: { polluted: 1 } }.polluted }}", ""],
  ["{% set o = { a: 1 } %}{% set __proto__ = { b: 1 } %}{{ o.b }}", ""],
])("%s stays plain data", (template, text) => {
  expect(renderText(template, CONTEXT).text).toBe(text);
});

test.each([
  ["{{ text.constructor('return process')() }}", "values have no methods to call"],
  ["{{ text.toUpperCase() }}", "values have no methods to call"],
  ["{{ list['map'](range) }}", "values have no methods to call"],
  ["{{ range.constructor('return 1')() }}", "values have no methods to call"],
  ["{{ (range)(3) }}", "values have no methods to call"],
  ["{{ constructor('x') }}", "`constructor` cannot be called"],
  ["{{ require('fs') }}", "`require` cannot be called"],
  ["{{ eval('1') }}", "`eval` cannot be called"],
  ["{{ cycler('a').next() }}", "values have no methods to call"],
  ["{{ joiner(',') }}", "`joiner` cannot be called"],
  ["{{ super() }}", "`super` cannot be called"],
  ["{{ caller() }}", "`caller` is not defined here"],
  ["{% set run = range %}{{ run(3) }}", "`run` cannot be called"],
  ["{{ text | constructor }}", "unknown filter `constructor`"],
  ["{{ text | __proto__ }}", "unknown filter `__proto__`"],
  ["{{ text is constructor }}", "unknown test `constructor`"],
  ["{{ list | select('constructor') }}", "unknown test `constructor`"],
  ["{{ r/(a+)+$/ }}", "regular expressions are not supported"],
  ["{{ text | replace(r/a/g, 'b') }}", "regular expressions are not supported"],
  ["{% include '/etc/passwd' %}", "`include` is not available"],
  ["{% import '/etc/passwd' as x %}", "`import` is not available"],
  ["{% from '/etc/passwd' import x %}", "`from` is not available"],
  ["{% extends '/etc/passwd' %}", "`extends` is not available"],
  ["{% block a %}{% endblock %}", "`block` is not available"],
  ["{% asyncEach x in list %}{% endeach %}", "is not available"],
  ["{% asyncAll x in list %}{% endall %}", "is not available"],
  ["{% ifAsync x %}{% endif %}", "is not available"],
  ["{% set a.b = 1 %}", "a plain name is expected"],
  ["{% set object['__proto__'] = 1 %}", "a plain name is expected"],
  // The Nunjucks compiler would write these names unchanged into JavaScript source.
  ['{{ x"&Function`globalThis\\u002ereached\\u003d1```&"z }}', "is not a name"],
  ['{{ x";globalThis;"z }}', "is not a name"],
  ["{% for x;y in list %}{% endfor %}", "is not a name"],
  ["{% set x`y = 1 %}", "is not a name"],
  ["{% macro m(a;b) %}{% endmacro %}", "is not a name"],
  ['{{ { "a\\"": 1 } | x"y }}', "unknown filter"],
])("%s is refused", (template, problem) => {
  expect(refusalOf(template)).toContain(problem);
});

test.each([
  [
    "text that doubles",
    "{% set s = 'xxxxxxxxxxxxxxxx' %}{% for i in range(40) %}{% set s = s ~ s %}{% endfor %}",
    "a text grows too long",
  ],
  ["a long text printed often", "{% set s = 'x' | center(10000000) %}{{ s }}{{ s }}", "longer than 16 MiB"],
  ["wide margins", "{{ 'x' | indent(1000000000) }}", "filter `indent`: the result would be too long"],
  ["a wide line", "{{ 'x' | center(1000000000) }}", "filter `center`: the result would be too long"],
  [
    "a replacement that explodes",
    "{% set s = 'x' | center(1000000) %}{{ s | replace(' ', s) }}",
    "filter `replace`: the result would be too long",
  ],
  [
    "a join that explodes",
    "{% set s = 'x' | center(10000000) %}{{ [s, s] | join }}",
    "filter `join`: the result would be too long",
  ],
  ["a wide batch", "{{ [1] | batch(1000000000, 0) }}", "filter `batch`: the result would be too long"],
  ["a long range", "{{ range(1000000000) }}", "range() gives at most 100000 numbers"],
  [
    "loops in loops",
    "{% for a in range(9999) %}{% for b in range(9999) %}{% set c = 1 %}{% endfor %}{% endfor %}",
    "too many operations",
  ],
  [
    "a macro that calls itself",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "macro `m` calls itself too deeply",
  ],
  ["deep nesting", `{{ ${"(".repeat(50_000)}1${")".repeat(50_000)} }}`, "nested too deeply"],
])("%s is bounded", (_, template, problem) => {
  expect(refusalOf(template)).toContain(problem);
});

test("nothing above has left a trace in JavaScript", () => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(Reflect.get({}, "polluted")).toBeUndefined();
  expect(Reflect.get(globalThis, "reached")).toBeUndefined();
});
