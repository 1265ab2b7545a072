import { expect, test } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { renderText } from "../../../src/prompts/render.ts";
import { TemplateError } from "../../../src/prompts/template-error.ts";

const CONTEXT: JsonObject = {
  name: "app",
  count: 3,
  nothing: null,
  yes: true,
  plan: { status: "blocked", tasks: [{ id: "a" }, { id: "b" }] },
  words: ["one", "two", "three"],
  evil: "{{ name }}{% if 1 %}x{% endif %}",
  html: '<b> & "c"',
};

test.each([
  ["text as it is, nothing escaped", "{{ html }}", '<b> & "c"'],
  ["numbers and booleans", "{{ count }} {{ yes }} {{ 1.5 }}", "3 true 1.5"],
  ["null as nothing", "[{{ nothing }}]", "[]"],
  ["an object as JSON", "{{ plan }}", '{"status":"blocked","tasks":[{"id":"a"},{"id":"b"}]}'],
  ["a list as JSON", "{{ words }}", '["one","two","three"]'],
  ["a list in joined text as JSON", "{{ 'w: ' ~ words }}", 'w: ["one","two","three"]'],
  ["values are never rendered again", "{{ evil }}", "{{ name }}{% if 1 %}x{% endif %}"],
  [
    "values are never rendered again after filters",
    "{{ evil | replace('x', 'y') | safe }}",
    "{{ name }}{% if 1 %}y{% endif %}",
  ],
  [
    "members, indexes and length",
    "{{ plan.tasks[1].id }}{{ words[0] }}{{ words[count - 1] }}{{ words.length }}",
    "bonethree3",
  ],
  ["if, elif, else", "{% if count > 5 %}a{% elif count > 2 %}b{% else %}c{% endif %}", "b"],
  ["an empty list is true, as in Nunjucks", "{% if [] %}a{% endif %}", "a"],
  [
    "for with loop",
    "{% for w in words %}{{ loop.index }}{{ w }}{% if not loop.last %}, {% endif %}{% endfor %}",
    "1one, 2two, 3three",
  ],
  [
    "for over an object",
    "{% for key, value in { a: 1, b: 2 } %}{{ key }}={{ value }};{% endfor %}",
    "a=1;b=2;",
  ],
  ["for over pairs", "{% for a, b in [[1, 2], [3, 4]] %}{{ a }}-{{ b }} {% endfor %}", "1-2 3-4 "],
  ["for without items", "{% for w in missing %}x{% else %}none{% endfor %}", "none"],
  ["a loop that counts", "{% set n = 0 %}{% for w in words %}{% set n = n + 1 %}{% endfor %}{{ n }}", "3"],
  ["set of a block", "{% set line %}{{ name }}!{% endset %}{{ line | upper }}", "APP!"],
  [
    "a macro",
    "{% macro item(text, mark='*') %}{{ mark }} {{ text }}\n{% endmacro %}{{ item('a') }}{{ item('b', mark='-') }}",
    "* a\n- b\n",
  ],
  [
    "call",
    "{% macro box(title) %}[{{ title }}: {{ caller() }}]{% endmacro %}{% call box('t') %}{{ name }}{% endcall %}",
    "[t: app]",
  ],
  [
    "a macro does not see the loop around its call",
    "{% macro m() %}{{ w }}{% endmacro %}{% for w in words %}{{ m() }}{% endfor %}",
    "",
  ],
  ["switch", "{% switch count %}{% case 1 %}one{% case 3 %}three{% default %}other{% endswitch %}", "three"],
  [
    "switch that falls through",
    "{% switch count %}{% case 3 %}{% case 4 %}several{% default %}other{% endswitch %}",
    "several",
  ],
  ["switch without match", "{% switch count %}{% case 1 %}one{% default %}other{% endswitch %}", "other"],
  ["a filter block", "{% filter upper %}{{ name }} x{% endfilter %}", "APP X"],
  ["raw", "{% raw %}{{ name }}{% endraw %}", "{{ name }}"],
  ["comments and blank control", "a {#- gone -#} b {{- name }}", "abapp"],
  [
    "in and not in",
    "{{ 'two' in words }} {{ 'x' not in words }} {{ 'a' in name }} {{ 'status' in plan }}",
    "true true true true",
  ],
  ["range", "{% for i in range(3) %}{{ i }}{% endfor %}{{ range(1, 8, 3) }}", "012[1,4,7]"],
  ["inline if", "{{ 'a' if count == 3 else 'b' }}{{ 'c' if no }}", "a"],
  ["arithmetic", "{{ count * 2 + 1 }} {{ 7 // 2 }} {{ 7 % 4 }} {{ 2 ** 3 }} {{ -count }}", "7 3 3 8 -3"],
  ["division by zero is nothing", "[{{ 1 / 0 }}]", "[]"],
  [
    "comparison by content",
    "{{ [1, { a: 2 }] == [1, { a: 2 }] }} {{ '3' == count }} {{ '3' === count }}",
    "true true false",
  ],
])("renders %s", (_, template, text) => {
  expect(renderText(template, CONTEXT).text).toBe(text);
});

test.each<[template: string, text: string, missing: readonly string[]]>([
  ["[{{ a }}]", "[]", ["a"]],
  ["[{{ a.b.c }}{{ a.b.c }}]", "[]", ["a.b.c"]],
  ["[{{ plan.owner.name }}]", "[]", ["plan.owner.name"]],
  ["{{ nothing.deeper }}", "", ["nothing.deeper"]],
  ["{{ words[9] }}{{ words[count + 1] }}", "", ["words.9", "words.4"]],
  ["{{ a[b] }}", "", ["b", "a."]],
  ["{{ (plan.tasks | first).title }}", "", ["(...).title"]],
  ["{{ a | upper }}{{ a | length }}{{ a | join(',') }}{{ a | first }}{{ a | dump }}", "0null", ["a"]],
  ["{{ a | default('x') }}{{ a.b | d('y') }}{{ nothing | default('z') }}", "xyz", []],
  ["{{ a | default(b) }}", "", ["b"]],
  ["{{ a is defined }} {{ a.b is undefined }} {{ name is defined }}", "false true true", []],
  [
    "{{ not a }} {{ a and b }} {{ a or name }} {{ a == b }} {{ a == 'x' }}",
    "true  app true false",
    ["a", "b"],
  ],
  ["{{ a < 1 }} {{ a > 1 }} {{ a + 1 }} {{ a ~ 'x' }} {{ 'x' in a }}", "false false 1 x false", ["a"]],
  ["{% for x in a.list %}{{ x }}{% endfor %}", "", ["a.list"]],
  ["{% for t in plan.tasks %}{{ t.title }}{% endfor %}", "", ["t.title"]],
  ["{% if count > 1 %}ok{% else %}{{ a }}{% endif %}", "ok", []],
])("missing in %s", (template, text, missing) => {
  expect(renderText(template, CONTEXT)).toMatchObject({ text, missing });
});

test.each<[template: string, reads: readonly string[]]>([
  ["nothing", []],
  ["{{ name }}{{ plan.status }}{{ name }}", ["name", "plan"]],
  ["{{ absent }}", []],
  ["{% if yes %}{{ name }}{% else %}{{ count }}{% endif %}", ["yes", "name"]],
  ["{{ yes or name }}", ["yes"]],
  ["{{ name if nothing else count }}", ["nothing", "count"]],
  ["{{ absent | default(count) }}", ["count"]],
  ["{% for name in words %}{{ name }}{% endfor %}", ["words"]],
  ["{% set count = 1 %}{{ count }}", []],
  ["{% macro m(plan) %}{{ plan }}{{ name }}{% endmacro %}", []],
  ["{% macro m(plan) %}{{ plan }}{{ name }}{% endmacro %}{{ m(count) }}", ["count", "name"]],
  ["{{ words[count] }}", ["words", "count"]],
  ["{{ plan is defined }}", ["plan"]],
])("context keys read by %s", (template, reads) => {
  expect(renderText(template, CONTEXT).reads).toEqual(reads);
});

test("a template that does not parse is a TemplateError with its place", () => {
  expect(() => renderText("a\nb {{ name | uper }}", {})).toThrowError(
    new TemplateError("unknown filter `uper`; did you mean `upper`?", { line: 2, column: 13 }),
  );
});
