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

const SEVERAL_PROBLEMS = `strat: 1
name: a b
nodes:
  - { id: plan, type: agent, prompt: prompts/nope.md, next: x, timeout: y }
  - { id: check, type: script, script: scripts/nope.sh, next: dnoe }
  - { id: done, type: terminal, next: plan }
`;

const CASES: readonly Case[] = [
  [
    "an unknown start",
    `start: plna\nnodes:\n${planNode()}${END}`,
    ["workflow.yaml:1:8: there is no node `plna`. Did you mean `plan`?"],
  ],
  [
    "an unknown target",
    planWith("on_exhausted: don"),
    ["workflow.yaml:7:19: [plan] there is no node `don`. Did you mean `done`?"],
  ],
  [
    "an unknown target far from any id",
    planWith("on_exhausted: elsewhere"),
    ["workflow.yaml:7:19: [plan] there is no node `elsewhere`. Nodes: plan, done."],
  ],
  [
    "unknown targets of a branch",
    branchWith(
      "path: ok, cases: { a: dnoe }, conditions: [ { op: '>', value: 1, next: dno } ], when: [ { if: '{{ ok }}', next: dome } ], default: plam",
    ),
    [
      "workflow.yaml:1:8: no terminal node can be reached from `plan`. Add a node of type terminal and a way to it.",
      "workflow.yaml:4:55: [decide] there is no node `dnoe`. Did you mean `done`?",
      "workflow.yaml:4:104: [decide] there is no node `dno`. Nodes: plan, decide, done.",
      "workflow.yaml:4:145: [decide] there is no node `dome`. Did you mean `done`?",
      "workflow.yaml:4:164: [decide] there is no node `plam`. Did you mean `plan`?",
      "workflow.yaml:5:5: warning: [done] the node cannot be reached from the start. Add a way to it, or remove it.",
    ],
  ],
  [
    "ids that differ in case",
    `${START}${planNode()}  - { id: Done, type: fail }\n${END}`,
    [
      "workflow.yaml:7:5: warning: [Done] the node cannot be reached from the start. Add a way to it, or remove it.",
      "workflow.yaml:8:11: [done] the ids `Done` and `done` differ only in case. Give one of the two nodes another id.",
    ],
  ],
  [
    "an id used twice",
    `${START}${planNode()}  - { id: plan, type: terminal }\n${END}`,
    ["workflow.yaml:7:11: [plan] the id `plan` is used twice. Give one of the two nodes another id."],
  ],
  [
    "an id with a blank",
    "start: my node\nnodes:\n  - { id: my node, type: terminal }\n",
    [
      'workflow.yaml:3:11: [my node] `id` may not be "my node". Begin with a letter, go on with letters, digits, - and _.',
    ],
  ],
  [
    "a reserved id",
    "start: steps\nnodes:\n  - { id: steps, type: terminal }\n",
    ["workflow.yaml:3:11: [steps] the id `steps` is reserved. Choose another id."],
  ],
  [
    "built-in context keys as names",
    `vars: { workspace: a }\n${planWith("outputs: [ { key: run, default: 1 } ]", "set: { visits: 1 }")}`,
    [
      "workflow.yaml:1:9: `workspace` is a built-in context key and cannot name a var. Choose another name.",
      "workflow.yaml:8:23: [plan] `run` is a built-in context key and cannot name an output. Choose another name.",
      "workflow.yaml:9:12: [plan] `visits` is a built-in context key and cannot name a `set` key. Choose another name.",
    ],
  ],
  [
    "a word of the template language as a name",
    `vars: { not: a }\n${planWith()}`,
    ["workflow.yaml:1:9: `not` is a word of the template language. Choose another name."],
  ],
  [
    "an output declared twice",
    planWith("outputs: [ { key: a, default: 1 }, { key: a, default: 1 } ]"),
    ["workflow.yaml:7:47: [plan] the output `a` is declared twice. Remove one of the two."],
  ],
  [
    "a variable for Longhaul itself in env",
    `env: { LONGHAUL_STEP: x }\n${planWith()}`,
    ["workflow.yaml:1:8: environment variables may not begin with LONGHAUL_. Choose another name."],
  ],
  [
    "a broken template in args",
    planWith('args: { x: "{{ a b }}" }'),
    [
      "workflow.yaml:7:16: [plan] the template does not parse: expected `}}` (line 1, column 6 of the text). Correct the template.",
    ],
  ],
  [
    "an unknown filter",
    planWith('cwd: "{{ workspace | uper }}"'),
    [
      "workflow.yaml:7:10: [plan] the template does not parse: unknown filter `uper`; did you mean `upper`? (line 1, column 16 of the text). Correct the template.",
    ],
  ],
  [
    "relative directories",
    planWith("cwd: ./app", "add_dirs: [lib, '{{ workspace }}/x', /srv]"),
    [
      'workflow.yaml:7:10: [plan] the directory "./app" is relative. Write `"{{ workspace }}/app"`.',
      'workflow.yaml:8:16: [plan] the directory "lib" is relative. Write `"{{ workspace }}/lib"`.',
    ],
  ],
  [
    "a method call in set",
    planWith("set: { n: \"{{ workspace.split('/') }}\" }"),
    [
      "workflow.yaml:7:15: [plan] the template does not parse: values have no methods to call; use a filter, as in `{{ name | upper }}` (line 1, column 19 of the text). Correct the template.",
    ],
  ],
  [
    "a broken template in env",
    `env: { A: '{{ x' }\n${planWith()}`,
    [
      "workflow.yaml:1:11: the template does not parse: expected `}}` (line 1, column 5 of the text). Correct the template.",
    ],
  ],
  [
    "cases without path",
    branchWith("cases: { a: done }"),
    [
      "workflow.yaml:4:33: [decide] `cases` needs `path`. Name the value to decide by, such as `path: checks.failed`.",
    ],
  ],
  [
    "a branch without anything to decide by",
    branchWith("default: done"),
    [
      "workflow.yaml:4:5: [decide] the branch has nothing to decide by. Add `path` with `cases` or `conditions`, or add `when`.",
    ],
  ],
  [
    "a when that is no expression",
    branchWith("when: [ { if: plan.ok, next: done } ], default: done"),
    [
      "workflow.yaml:4:47: [decide] `if` must be one single expression; other text would always hold. Write it as `if: \"{{ plan.status == 'blocked' }}\"`.",
    ],
  ],
  [
    "no way to a terminal",
    branchWith("path: ok, cases: { a: plan }").replace(END, ""),
    [
      "workflow.yaml:1:8: no terminal node can be reached from `plan`. Add a node of type terminal and a way to it.",
      "workflow.yaml:3:5: warning: [plan] the cycle plan -> decide -> plan has no bound. Give one of its nodes `max_visits` and `on_max_visits`, or the workflow `limits`.",
    ],
  ],
  [
    "max_visits alone",
    planWith("max_visits: 3"),
    [
      "workflow.yaml:7:5: [plan] `max_visits` needs `on_max_visits`. Name the node to go to when the visits are used up.",
    ],
  ],
  [
    "on_max_visits alone",
    planWith("on_max_visits: done"),
    ["workflow.yaml:7:5: [plan] `on_max_visits` needs `max_visits`. Say how often the node may run."],
  ],
  [
    "a schema that is none",
    planWith("outputs: [ { key: a, default: 1, schema: { type: strin } } ]"),
    [
      "workflow.yaml:7:46: [plan] the schema of `a` is not a valid JSON Schema: there is no type `strin`, only string, number, integer, boolean, object, array and null. Correct the schema.",
    ],
  ],
  [
    "several problems at once",
    SEVERAL_PROBLEMS,
    [
      "workflow.yaml:1:1: `start` is missing. Name the id of the first node.",
      "workflow.yaml:1:1: unknown key `strat`. Did you mean `start`?",
      'workflow.yaml:2:7: `name` may not be "a b". Use at most 64 letters, digits, dots, - and _, beginning with a letter or digit.',
      'workflow.yaml:4:73: [plan] `timeout` may not be "y". Write 90s, 15m, 2h, 7d, or a number of seconds.',
      "workflow.yaml:5:40: [check] scripts/nope.sh: the file does not exist. Create it, or correct the name; it is relative to the workflow directory.",
      "workflow.yaml:5:63: [check] there is no node `dnoe`. Did you mean `done`?",
      "workflow.yaml:6:33: [done] unknown key `next`. Known keys here: id, type.",
    ],
  ],
];

test.each(CASES)("%s", async (_, yaml, problems) => {
  const directory = writeWorkflow(yaml);
  expect(await problemsOf(directory)).toEqual(problems);
});
