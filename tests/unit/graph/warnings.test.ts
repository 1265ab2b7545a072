import { expect, test } from "vitest";
import {
  END,
  START,
  branchWith,
  planNode,
  planWith,
  problemsOf,
  writeWorkflow,
} from "./workflow-directory.ts";

/** What is wrong, the file, and every line that `validate` prints. */
type Case = readonly [name: string, yaml: string, problems: readonly string[]];

const step = (id: string, next: string) =>
  `  - { id: ${id}, type: script, script: scripts/check.sh, on_exhausted: done, next: ${next} }\n`;

const agentBranch = (branch: string): string => {
  const plan = planNode("outputs: [ { key: good, default: null } ]").replace("next: done", "next: decide");
  return `${START}${plan}  - { id: decide, type: branch, ${branch} }\n${END}`;
};

const FILES = {
  "prompts/names.md": "{{ tsaks }} {{ visits.paln }} {{ run.uid }} {{ other }} {{ node_timeout_s }}\n",
  "prompts/members.md": "{{ visits.other }} {{ run.other }} {{ sources.other.source }}\n",
  "prompts/source.md": "{{ sources.plan.source }}\n",
};

const CASES: readonly Case[] = [
  [
    "names that nothing produces",
    planWith("outputs: [ { key: tasks, default: [] } ]").replace("plan.md", "names.md"),
    [
      "workflow.yaml:5:13: warning: [plan] nothing produces `tsaks`, which prompts/names.md uses. Did you mean `tasks`?",
      "workflow.yaml:5:13: warning: [plan] `visits` has no `paln`, which prompts/names.md uses. Did you mean `plan`?",
      "workflow.yaml:5:13: warning: [plan] `run` has no `uid`, which prompts/names.md uses. Did you mean `id`?",
      "workflow.yaml:5:13: warning: [plan] nothing produces `other`, which prompts/names.md uses. Declare it in `vars` or as an output; without a value it renders empty.",
    ],
  ],
  [
    "members that are not there, and nothing like them",
    planWith("outputs: [ { key: tasks, default: [] } ]").replace("plan.md", "members.md"),
    [
      "workflow.yaml:5:13: warning: [plan] `visits` has no `other`, which prompts/members.md uses. Nodes: plan, done.",
      "workflow.yaml:5:13: warning: [plan] `run` has no `other`, which prompts/members.md uses. It has: id, uuid, dir.",
      "workflow.yaml:5:13: warning: [plan] `sources` has no `other`, which prompts/members.md uses. It has: tasks.",
    ],
  ],
  [
    "a source where no node has outputs",
    planWith().replace("plan.md", "source.md"),
    [
      "workflow.yaml:5:13: warning: [plan] `sources` has no `plan`, which prompts/source.md uses. No node has outputs.",
    ],
  ],
  [
    "visits of a node whose id has a hyphen",
    `${START}${step("plan", "fix-it")}  - { id: fix-it, type: branch, when: [ { if: '{{ visits.fix-it > 2 }}', next: done } ], default: done }\n${END}`,
    [
      'workflow.yaml:4:47: warning: [fix-it] `visits` has no `fix`. Did you mean `visits["fix-it"]`?',
      "workflow.yaml:4:47: warning: [fix-it] nothing produces `it`. Declare it in `vars` or as an output; without a value it renders empty.",
    ],
  ],
  [
    "a path that nothing produces",
    branchWith("path: okk.failed, cases: { '0': done }"),
    ["workflow.yaml:4:39: warning: [decide] nothing produces `okk`. Did you mean `ok`?"],
  ],
  [
    "a branch on an agent's answer without default",
    agentBranch("path: good, cases: { 'true': done }"),
    [
      "workflow.yaml:8:5: warning: [decide] the branch depends on `good`, an agent's answer, and has no `default`. Add `default:` for the values that nothing else matches.",
    ],
  ],
  [
    "a when on an agent's answer without default",
    agentBranch("when: [ { if: '{{ good }}', next: done } ]"),
    [
      "workflow.yaml:8:5: warning: [decide] the branch depends on `good`, an agent's answer, and has no `default`. Add `default:` for the values that nothing else matches.",
    ],
  ],
  [
    "an output without default",
    planWith("outputs: [ { key: ok } ]"),
    [
      "workflow.yaml:7:16: warning: [plan] the output `ok` declares no default and becomes null when no usable answer can be had. Declare `default:` (null is allowed), or set `on_exhausted`.",
    ],
  ],
  [
    "a script's output without default where it may be used",
    branchWith("path: ok, cases: { a: done }").replace("next: decide", "next: decide, on_exhausted: default"),
    [
      "workflow.yaml:3:67: warning: [plan] the output `ok` declares no default and becomes null when no usable answer can be had. Declare `default:` (null is allowed), or set `on_exhausted`.",
    ],
  ],
  [
    "a default that its schema refuses",
    planWith("outputs: [ { key: a, default: 1, schema: { type: string } } ]"),
    [
      "workflow.yaml:7:35: warning: [plan] the default of `a` does not match its schema: it must be string. Correct one of the two.",
    ],
  ],
  [
    "a node that nothing leads to",
    `${START}${planNode()}  - { id: lost, type: fail }\n${END}`,
    [
      "workflow.yaml:7:5: warning: [lost] the node cannot be reached from the start. Add a way to it, or remove it.",
    ],
  ],
  [
    "a cycle without bound",
    branchWith("path: ok, cases: { '1': done }, default: plan"),
    [
      "workflow.yaml:3:5: warning: [plan] the cycle plan -> decide -> plan has no bound. Give one of its nodes `max_visits` and `on_max_visits`, or the workflow `limits`.",
    ],
  ],
];

test.each(CASES)("%s", async (_, yaml, problems) => {
  const directory = writeWorkflow(yaml, FILES);
  expect(await problemsOf(directory)).toEqual(problems);
});

test("no warning about names from vars, args, outputs, set, built-ins, loops and macros", async () => {
  const yaml = planWith(
    'args: { story: "{{ target }}", text: "{{ run.id }} {{ workspace }} {{ visits.plan }} {{ sources.tasks.source }}" }',
    "outputs: [ { key: tasks, default: [] } ]",
    'set: { rounds: "{{ visits.plan }}" }',
  );
  const prompt = `{{ story }} {{ target }} {{ rounds }} {{ node_timeout_min }}
{% for task in tasks %}{{ loop.index }}{{ task.id }}{% endfor %}
{% macro line(text) %}{{ text }}{% endmacro %}{{ line(tasks) }}
{% if rounds %}{% set note = 1 %}{% endif %}{{ note }}`;
  const directory = writeWorkflow(`vars: { target: x }\n${yaml}`, { "prompts/plan.md": prompt });
  expect(await problemsOf(directory)).toEqual([]);
});

test.each([
  ["optional", "outputs: [ { key: ok, optional: true } ]", "on_exhausted: default"],
  ["a declared null", "outputs: [ { key: ok, default: null } ]", "on_exhausted: default"],
  ["never defaulted", "outputs: [ { key: ok } ]", "on_exhausted: fail"],
])("an output that needs no default: %s", async (_, outputs, exhausted) => {
  expect(await problemsOf(writeWorkflow(planWith(outputs, exhausted)))).toEqual([]);
});

test("a cycle through a node with max_visits is bounded", async () => {
  const yaml = branchWith(
    "path: ok, cases: { '1': done }, default: plan, max_visits: 3, on_max_visits: done",
  );
  expect(await problemsOf(writeWorkflow(yaml))).toEqual([]);
});

test("each unbounded group of nodes is named once", async () => {
  const yaml = `${START}${step("plan", "b")}${step("b", "c")}${step("c", "b")}  - { id: d, type: branch, when: [ { if: '{{ run.id }}', next: e } ], default: d }
${step("e", "d")}${END}`;
  const cycles = (
    await problemsOf(writeWorkflow(yaml.replace("next: c }", "next: c, max_visits: 9, on_max_visits: d }")))
  ).concat(
    await problemsOf(writeWorkflow(yaml.replace("on_exhausted: done, next: c", "on_exhausted: d, next: c"))),
  );
  expect(cycles.filter((line) => line.includes("has no bound"))).toEqual([
    "workflow.yaml:6:5: warning: [d] the cycle d -> e -> d has no bound. Give one of its nodes `max_visits` and `on_max_visits`, or the workflow `limits`.",
    "workflow.yaml:4:5: warning: [b] the cycle b -> c -> b has no bound. Give one of its nodes `max_visits` and `on_max_visits`, or the workflow `limits`.",
    "workflow.yaml:6:5: warning: [d] the cycle d -> e -> d has no bound. Give one of its nodes `max_visits` and `on_max_visits`, or the workflow `limits`.",
  ]);
});
