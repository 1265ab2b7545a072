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

const CASES: readonly Case[] = [
  [
    "an empty file",
    "",
    [
      "workflow.yaml:1:1: this is not a workflow: the file must hold an object. Begin with `start:` and `nodes:`.",
    ],
  ],
  [
    "a list",
    "- a\n- b\n",
    [
      "workflow.yaml:1:1: this is not a workflow: the file must hold an object. Begin with `start:` and `nodes:`.",
    ],
  ],
  [
    "no nodes",
    "start: plan\n",
    ["workflow.yaml:1:1: `nodes` is missing. List at least one node: `nodes: [ { id: ..., type: ... } ]`."],
  ],
  [
    "an empty list of nodes",
    "start: plan\nnodes: []\n",
    [
      "workflow.yaml:2:8: `nodes` may not be empty. List at least one node: `nodes: [ { id: ..., type: ... } ]`.",
    ],
  ],
  [
    "no start",
    `nodes:\n${planNode()}${END}`,
    ["workflow.yaml:1:1: `start` is missing. Name the id of the first node."],
  ],
  [
    "an unknown key at the top",
    `strat: plan\n${planWith()}`,
    ["workflow.yaml:1:1: unknown key `strat`. Did you mean `start`?"],
  ],
  [
    "requirements of the wrong form",
    `requires: [{ cmd: jq, version: new }, { optional: true }]\n${planWith()}`,
    [
      'workflow.yaml:1:32: `requires[0].version` may not be "new". Write a range of dotted numbers, such as `>=1.6` or `>=1.6 <3`.',
      'workflow.yaml:1:39: `requires[1]` must have either `cmd` or `env`. Write a list: `requires: [ { cmd: jq, version: ">=1.6" }, { env: REPO_TOKEN } ]`.',
    ],
  ],
  [
    "a limit of the wrong form",
    `limits: { cost: 3, wall_clock: soon }\n${planWith()}`,
    [
      "workflow.yaml:1:11: unknown key `cost`. Known keys here: cost_usd, tokens, wall_clock, steps.",
      'workflow.yaml:1:32: `limits.wall_clock` may not be "soon". Write 90m, 12h, 7d, or a number of seconds.',
    ],
  ],
  [
    "a name that would leave the runs directory",
    `name: ../evil\n${planWith()}`,
    [
      'workflow.yaml:1:7: `name` may not be "../evil". Use at most 64 letters, digits, dots, - and _, beginning with a letter or digit.',
    ],
  ],
  [
    "a var that templates cannot read",
    `vars: { my-var: 1 }\n${planWith()}`,
    [
      'workflow.yaml:1:9: "my-var" is not a name that templates can read. Use letters, digits and _, and do not begin with a digit, so that templates can read it.',
    ],
  ],
  [
    "a var that JSON cannot hold",
    `vars: { a: .nan }\n${planWith()}`,
    [
      "workflow.yaml:1:12: `vars.a` may not be the number NaN. Write name: value; values are what JSON can hold.",
    ],
  ],
  [
    "a number in env",
    `env: { CI: 1 }\n${planWith()}`,
    [
      'workflow.yaml:1:12: `env.CI` must be text, not the number 1. Write text; quote numbers and booleans: `CI: "1"`.',
    ],
  ],
  [
    "an env name with a blank",
    `env: { 'A B': x }\n${planWith()}`,
    [
      'workflow.yaml:1:8: "A B" cannot name an environment variable. Use letters, digits and _, and do not begin with a digit.',
    ],
  ],
  [
    "a node that is text",
    `${START}  - plan\n${END}`,
    [
      "workflow.yaml:3:5: a node must be an object. Write `- id: ...` with its `type:` and what belongs to it.",
    ],
  ],
  [
    "a node without type",
    `${START}  - { id: plan }\n${END}`,
    ["workflow.yaml:3:5: [plan] `type` is missing. Use one of agent, script, branch, terminal, fail."],
  ],
  [
    "a node without id",
    `${START}  - { type: terminal }\n${planNode()}${END}`,
    ["workflow.yaml:3:5: `id` is missing. Give every node an id of its own."],
  ],
  [
    "an unknown node type",
    `${START}  - { id: plan, type: agnet, next: done }\n${END}`,
    ['workflow.yaml:3:23: [plan] unknown node type "agnet". Did you mean `agent`?'],
  ],
  [
    "a node type of a later version",
    `${START}  - { id: plan, type: approval, next: done }\n${END}`,
    [
      "workflow.yaml:3:23: [plan] node type `approval` is not in this version. Use one of agent, script, branch, terminal, fail.",
    ],
  ],
  [
    "unknown keys in a node",
    planWith("promt: x", "outputz: []"),
    [
      "workflow.yaml:7:5: [plan] unknown key `promt`. Did you mean `prompt`?",
      "workflow.yaml:8:5: [plan] unknown key `outputz`. Did you mean `outputs`?",
    ],
  ],
  [
    "an unknown key in an output",
    planWith("outputs: [ { key: plan, defualt: 1 } ]"),
    ["workflow.yaml:7:29: [plan] unknown key `defualt`. Did you mean `default`?"],
  ],
  [
    "a key that has no business in a terminal",
    `${START}${planNode()}  - { id: done, type: terminal, next: plan }\n`,
    ["workflow.yaml:7:33: [done] unknown key `next`. Known keys here: id, type."],
  ],
  [
    "no next",
    `${START}  - { id: plan, type: agent, prompt: prompts/plan.md }\n${END}`,
    [
      "workflow.yaml:3:5: [plan] `next` is missing. Name the node that follows; a run ends at a node of type terminal or fail.",
    ],
  ],
  [
    "no prompt",
    `${START}  - { id: plan, type: agent, next: done }\n${END}`,
    [
      "workflow.yaml:3:5: [plan] `prompt` is missing. Name a template file inside the workflow directory, such as prompts/plan.md.",
    ],
  ],
  [
    "a timeout in words",
    planWith("timeout: 90 minutes"),
    [
      'workflow.yaml:7:14: [plan] `timeout` may not be "90 minutes". Write 90s, 15m, 2h, 7d, or a number of seconds.',
    ],
  ],
  [
    "a timeout of nothing",
    planWith("timeout: 0s"),
    [
      "workflow.yaml:7:14: [plan] `timeout` must be more than 0. Write 90s, 15m, 2h, 7d, or a number of seconds.",
    ],
  ],
  [
    "a wrong retry",
    planWith("retry: { times: 1.5, backoff: soon }"),
    [
      "workflow.yaml:7:21: [plan] `retry.times` must be a whole number, not the number 1.5. Write `retry: { times: 3, backoff: 30s }`.",
      'workflow.yaml:7:35: [plan] `retry.backoff` may not be "soon". Write 90s, 15m, 2h, 7d, or a number of seconds.',
    ],
  ],
  [
    "a retry count below zero",
    planWith("retry: { times: -1 }"),
    [
      "workflow.yaml:7:21: [plan] `retry.times` must be at least 0. Write `retry: { times: 3, backoff: 30s }`.",
    ],
  ],
  [
    "outputs as text",
    planWith("outputs: plan"),
    [
      "workflow.yaml:7:14: [plan] `outputs` must be a list, not text. Write a list: `outputs: [ { key: plan } ]`.",
    ],
  ],
  [
    "an output key with a dash",
    planWith("outputs: [ { key: my-plan } ]"),
    [
      'workflow.yaml:7:23: [plan] `outputs[0].key` may not be "my-plan". Use letters, digits and _, and do not begin with a digit, so that templates can read it.',
    ],
  ],
  [
    "a list as args of an agent",
    planWith("args: [1]"),
    [
      "workflow.yaml:7:11: [plan] `args` must be an object, not a list. Agents take an object: `args: { story: ... }`.",
    ],
  ],
  [
    "an object as args of a script",
    `${START}  - { id: plan, type: script, script: scripts/check.sh, args: { a: 1 }, next: done }\n${END}`,
    [
      "workflow.yaml:3:63: [plan] `args` must be a list, not an object. Scripts take a list: `args: [one, two]`.",
    ],
  ],
  [
    "a model for an unknown backend",
    planWith("model: { cladue: opus }"),
    ["workflow.yaml:7:14: [plan] unknown key `cladue`. Did you mean `claude`?"],
  ],
  [
    "a number as model",
    planWith("model: 5"),
    [
      "workflow.yaml:7:12: [plan] `model` may not be the number 5. Write one model, or one per backend: `{ claude: opus, codex: gpt-5.5 }`.",
    ],
  ],
  [
    "an unknown operator",
    branchWith("path: ok, conditions: [ { op: '=>', value: 1, next: done } ]"),
    [
      'workflow.yaml:4:63: [decide] `conditions[0].op` must be one of ==, !=, <, >, <=, >=, not "=>". Use one of them.',
    ],
  ],
  [
    "max_visits of zero",
    planWith("max_visits: 0", "on_max_visits: done"),
    ["workflow.yaml:7:17: [plan] `max_visits` must be more than 0. Write a whole number from 1 on."],
  ],
  [
    "a schema that is text",
    planWith("outputs: [ { key: a, default: 1, schema: string } ]"),
    [
      "workflow.yaml:7:46: [plan] `outputs[0].schema` must be an object, not text. Write a JSON Schema, such as `{ type: object }`.",
    ],
  ],
];

test.each(CASES)("%s", async (_, yaml, problems) => {
  const directory = writeWorkflow(yaml);
  expect(await problemsOf(directory)).toEqual(problems);
});
