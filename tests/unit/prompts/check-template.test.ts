import { expect, test } from "vitest";
import { checkTemplate } from "../../../src/prompts/render.ts";

test.each<[template: string, names: readonly string[]]>([
  ["text only", []],
  ["{{ a }} {{ a.b.c }} {{ a }} {{ b[0]['x'] }}", ["a", "a.b.c", "b.0.x"]],
  ["{{ a[key].c }}", ["a", "key"]],
  ["{{ (a | first).b }}", ["a"]],
  ["{% for x in list %}{{ x.id }}{{ loop.index }}{{ y }}{% else %}{{ z }}{% endfor %}", ["list", "y", "z"]],
  ["{% for x in list %}{% endfor %}{{ x }}", ["list", "x"]],
  ["{% if a %}{% set b = c %}{% endif %}{{ b.d }}", ["a", "c"]],
  ["{% macro m(p, q=d) %}{{ p }}{{ q }}{{ e }}{% endmacro %}{{ m(f, q=g) }}", ["d", "e", "f", "g"]],
  ["{% call m(x) %}{{ a }}{% endcall %}{% macro m() %}{{ caller() }}{% endmacro %}", ["a", "x"]],
  ["{% filter upper %}{{ a }}{% endfilter %}{% set s %}{{ b }}{% endset %}", ["a", "b"]],
  ["{% switch a %}{% case b %}{{ c }}{% default %}{{ d }}{% endswitch %}", ["a", "b", "c", "d"]],
  [
    "{{ a if b else c }}{{ not d }}{{ e < f }}{{ [g] }}{{ { k: h } }}{{ i is defined }}",
    ["b", "a", "c", "d", "e", "f", "g", "h", "i"],
  ],
  ["{% raw %}{{ a }}{% endraw %}{# {{ b }} #}", []],
])("names of %s", (template, names) => {
  const checked = checkTemplate(template);
  expect(checked.problem).toBeUndefined();
  expect([...checked.names].toSorted()).toEqual([...names].toSorted());
});

test.each([
  ["{{ a", "expected `}}`", 1, 5],
  ["a\n{% if x %}b", "`{% if %}` is not closed: `{% endif %}` is missing", 2, 1],
  ["{% for x in y %}{% if x %}a{% endfor %}", "`{% if %}` is not closed: `{% endif %}` is missing", 1, 17],
  ["a{% endfor %}", "`{% endfor %}` closes nothing", 1, 2],
  [
    "{# {% if x %} #}{% set a = 1 %}{% set b %}",
    "`{% set %}` is not closed: `{% endset %}` is missing",
    1,
    32,
  ],
  ["{{ foo(", "the template is incomplete or uses a form that Nunjucks does not know", 1, 8],
  ["{{ a b }}", "expected `}}`", 1, 6],
  ["a\n  {% foo %}", "unknown block tag: foo", 2, 6],
  ["{{ }}", "unexpected `}}`", 1, 4],
  ["{% if a b %}{% endif %}", "expected `%}` in the if statement", 1, 11],
  ["{{ a. }}", "expected name as lookup value, got }}", 1, 7],
  ["{{ a.0 }}", "an index is written in brackets: `[0]`", 1, 6],
  ["{{ a[] }}", "an index is missing between the brackets", 1, 5],
  ["{{ (a, b) }}", "parentheses hold exactly one expression", 1, 4],
  ["{# open", "expected end of comment, got end of file", 1, 8],
  ["{{ m(1) }}", "`m` cannot be called: only macros of this template and range() can", 1, 5],
  ["{{ a | uper }}", "unknown filter `uper`; did you mean `upper`?", 1, 8],
  ["{{ a is strng }}", "unknown test `strng`; did you mean `string`?", 1, 4],
])("problem of %s", (template, message, line, column) => {
  expect(checkTemplate(template)).toEqual({ problem: { message, line, column }, names: [] });
});
