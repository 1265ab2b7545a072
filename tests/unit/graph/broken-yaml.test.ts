import { expect, test } from "vitest";
import { START, planWith, problemsOf, writeWorkflow } from "./workflow-directory.ts";

/** What is wrong, the file, and every line that `validate` prints. */
type Case = readonly [name: string, yaml: string, problems: readonly string[]];

/** Nine lists that each contain the previous one nine times: 9^9 texts when written out. */
function aliasBomb(): string {
  const lines = ["vars:", "  v0: &v0 [x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 9; level++) {
    lines.push(`  v${level}: &v${level} [${Array.from({ length: 9 }, () => `*v${level - 1}`).join(", ")}]`);
  }
  return `${lines.join("\n")}\n`;
}

const CASES: readonly Case[] = [
  [
    "a key written twice",
    planWith("timeout: 1m", "timeout: 2m"),
    ["workflow.yaml:8:5: this key already exists. Keep one of the two entries."],
  ],
  [
    "a quote without its end",
    `name: "x\n${START}`,
    [
      'workflow.yaml:4:1: missing closing quote: ". Fix the YAML: indentation with spaces, one `key: value` per line.',
    ],
  ],
  [
    "tabs",
    `${START}\t- id: x\n`,
    ["workflow.yaml:3:1: tabs are not allowed as indentation. Indent with spaces."],
  ],
  [
    "wrong indentation",
    `${START}  - id: plan\n   type: agent\n`,
    [
      "workflow.yaml:4:1: sequence item without - indicator. Fix the YAML: indentation with spaces, one `key: value` per line.",
    ],
  ],
  [
    "one line indented too far: the first slip alone, not its echoes",
    `${START}  - id: plan\n    type: agent\n      prompt: p.md\n  - id: done\n   type: terminal\n`,
    [
      "workflow.yaml:4:11: nested mappings are not allowed in compact mappings. Fix the YAML: indentation with spaces, one `key: value` per line.",
    ],
  ],
  [
    "two documents",
    `${planWith()}---\nstart: x\n`,
    [
      "workflow.yaml:8:1: the file holds more than one document. Keep one; remove the `---` line and what follows.",
    ],
  ],
  [
    "a tag",
    planWith("args: { x: !!js/function 'a' }"),
    ["workflow.yaml:7:16: unresolved tag: tag:yaml.org,2002:js/function. Remove the tag."],
  ],
  [
    "an alias without anchor",
    `vars: { a: *nope }\n${planWith()}`,
    [
      "workflow.yaml:1:12: there is no anchor `&nope` before this alias. Set the anchor first, or quote the text.",
    ],
  ],
  [
    "an alias of itself",
    `vars: { a: &a [ *a ] }\n${planWith()}`,
    [
      "workflow.yaml:1:17: the aliases (`*name`) of this file expand to too much. Write the repeated parts out.",
    ],
  ],
  [
    "an alias bomb",
    aliasBomb() + planWith(),
    [
      "workflow.yaml:3:12: the aliases (`*name`) of this file expand to too much. Write the repeated parts out.",
    ],
  ],
  [
    "a merge key",
    `vars: { a: &a { b: 1 }, c: { <<: *a } }\n${planWith()}`,
    ["workflow.yaml:1:30: `<<` is not part of YAML 1.2. Write the entries out."],
  ],
  [
    "templates without quotes: a value, in a list, before other text, with an index",
    `vars: { a: {{ b }} }\n${planWith("args: [{{ c }}]", "cwd: {{ workspace }}/x", "set: { d: {{ e[0] }} }")}`,
    ["1:12", "8:12", "9:10", "10:15"].map(
      (place) =>
        `workflow.yaml:${place}: a map or a list cannot be a key. Put a template in quotes: \`"{{ name }}"\`.`,
    ),
  ],
  [
    "a key that changes prototypes",
    `vars: { a: { __proto__: { b: 1 } } }\n${planWith()}`,
    ["workflow.yaml:1:14: the key `__proto__` is not allowed. Choose another name."],
  ],
  [
    "thousands of nested lists",
    `vars: { a: ${"[".repeat(20_000)} }\n`,
    ["workflow.yaml:1:1: the file is nested too deeply. Flatten it."],
  ],
];

test.each(CASES)("%s", async (_, yaml, problems) => {
  const directory = writeWorkflow(yaml);
  expect(await problemsOf(directory)).toEqual(problems);
});
