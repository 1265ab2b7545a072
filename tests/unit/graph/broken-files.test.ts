import { chmodSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { branchWith, planWith, problemsOf, writeWorkflow } from "./workflow-directory.ts";

/** What is wrong, the file, and every line that `validate` prints. */
type Case = readonly [name: string, yaml: string, problems: readonly string[]];

const promptIs = (name: string): string => planWith().replace("prompts/plan.md", name);

const FILES = {
  "prompts/open.md": "Plan.\n{% if x %}\n",
  "prompts/include.md": "a\n  {% include 'x' %}",
  "prompts/binary.md": Buffer.from([0xff, 0xfe, 0]),
};

const CASES: readonly Case[] = [
  [
    "a prompt that does not exist",
    promptIs("prompts/plna.md"),
    [
      "workflow.yaml:5:13: [plan] prompts/plna.md: the file does not exist. Create it, or correct the name; it is relative to the workflow directory.",
    ],
  ],
  [
    "a prompt above the directory",
    promptIs("../secret.md"),
    [
      "workflow.yaml:5:13: [plan] ../secret.md: the file lies outside the workflow directory. Move it inside and name it from there, such as prompts/plan.md.",
    ],
  ],
  [
    "a prompt that leaves and comes back",
    promptIs("prompts/../../story/prompts/plan.md"),
    [
      "workflow.yaml:5:13: [plan] prompts/../../story/prompts/plan.md: the file lies outside the workflow directory. Move it inside and name it from there, such as prompts/plan.md.",
    ],
  ],
  [
    "an absolute prompt",
    promptIs("/etc/passwd"),
    [
      "workflow.yaml:5:13: [plan] /etc/passwd: the file lies outside the workflow directory. Move it inside and name it from there, such as prompts/plan.md.",
    ],
  ],
  [
    "a directory as prompt",
    promptIs("prompts"),
    ["workflow.yaml:5:13: [plan] prompts: this is not a regular file. Name a file."],
  ],
  [
    "a prompt in another encoding",
    promptIs("prompts/binary.md"),
    ["workflow.yaml:5:13: [plan] prompts/binary.md: the file is not UTF-8 text. Save it as UTF-8."],
  ],
  [
    "a prompt with an open tag",
    promptIs("prompts/open.md"),
    [
      "prompts/open.md:2:1: [plan] the template does not parse: `{% if %}` is not closed: `{% endif %}` is missing. Correct the template.",
    ],
  ],
  [
    "a prompt that includes a file",
    promptIs("prompts/include.md"),
    [
      "prompts/include.md:2:6: [plan] the template does not parse: `include` is not available: a template stands alone and reads no other file. Correct the template.",
    ],
  ],
  [
    "a script that does not exist",
    branchWith("path: ok, cases: { a: done }").replace("check.sh", "chekc.sh"),
    [
      "workflow.yaml:3:39: [plan] scripts/chekc.sh: the file does not exist. Create it, or correct the name; it is relative to the workflow directory.",
    ],
  ],
];

test.each(CASES)("%s", async (_, yaml, problems) => {
  const directory = writeWorkflow(yaml, FILES);
  expect(await problemsOf(directory)).toEqual(problems);
});

test("a script without execute bit and without a known extension", async () => {
  const yaml = branchWith("path: ok, cases: { a: done }").replace("check.sh", "check");
  const directory = writeWorkflow(yaml, { "scripts/check": "#!/bin/sh\n" });
  expect(await problemsOf(directory)).toContain(
    "workflow.yaml:3:39: [plan] scripts/check: the file is not executable. Run chmod +x on it, or give it the ending of its interpreter (.sh, .py, .js).",
  );
  chmodSync(path.join(directory, "scripts/check"), 0o755);
  expect((await problemsOf(directory)).filter((problem) => problem.includes("executable"))).toEqual([]);
});

test("a prompt that links out of the directory", async () => {
  const directory = writeWorkflow(promptIs("prompts/link.md"), { "../secret.md": "secret" });
  symlinkSync("../../secret.md", path.join(directory, "prompts/link.md"));
  expect(await problemsOf(directory)).toEqual([
    "workflow.yaml:5:13: [plan] prompts/link.md: the file lies outside the workflow directory. Move it inside and name it from there, such as prompts/plan.md.",
  ]);
});

test("a prompt behind a linked directory", async () => {
  const directory = writeWorkflow(promptIs("shared/secret.md"), { "../elsewhere/secret.md": "secret" });
  symlinkSync("../elsewhere", path.join(directory, "shared"));
  expect(await problemsOf(directory)).toEqual([
    "workflow.yaml:5:13: [plan] shared/secret.md: the file lies outside the workflow directory. Move it inside and name it from there, such as prompts/plan.md.",
  ]);
});

test("a prompt that links within the directory is fine", async () => {
  const directory = writeWorkflow(promptIs("prompts/link.md"));
  symlinkSync("plan.md", path.join(directory, "prompts/link.md"));
  expect(await problemsOf(directory)).toEqual([]);
});

test("a prompt of more than 1 MiB", async () => {
  const directory = writeWorkflow(promptIs("prompts/large.md"), {
    "prompts/large.md": "x".repeat(1024 * 1024 + 1),
  });
  expect(await problemsOf(directory)).toEqual([
    "workflow.yaml:5:13: [plan] prompts/large.md: the file is larger than 1024 KiB. Make it smaller.",
  ]);
});
