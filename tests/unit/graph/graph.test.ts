import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { UsageError } from "../../../src/core/failure.ts";
import { inspectGraph, loadGraph } from "../../../src/graph/graph.ts";
import { planNode, planWith, START, writeWorkflow } from "./workflow-directory.ts";

const EVERY_FIELD = `name: story-coder
start: plan
vars: { repo: https://example.com/app.git, max_rework: 3 }
env: { CI: "1" }
nodes:
  - id: plan
    type: agent
    prompt: prompts/plan.md
    args: { story: "{{ repo }}" }
    outputs:
      - key: plan
        schema: { type: object, required: [status, tasks] }
        default: { status: blocked, tasks: [] }
      - { key: note, default: null }
      - { key: extra, optional: true }
    model: { claude: opus, codex: "@gpt-5.5" }
    effort: high
    timeout: 90m
    cwd: "{{ workspace }}/app"
    add_dirs: ["{{ workspace }}/lib"]
    retry: { times: 2, backoff: 250ms, output_retries: 1, reframes: 0 }
    on_exhausted: default
    next: check
  - id: check
    type: script
    script: scripts/check.sh
    args: ["{{ plan.tasks | length }}"]
    timeout: 10
    retry: { times: 3, backoff: 30s }
    outputs: [{ key: checks }]
    next: decide
  - id: decide
    type: branch
    path: checks.failed
    cases: { 0: done }
    conditions: [{ op: ">", value: 10, next: gave_up }]
    when: [{ if: "{{ plan.status == 'blocked' and not checks.ok }}", next: gave_up }]
    default: fix
  - id: fix
    type: agent
    prompt: prompts/plan.md
    args: { story: again }
    max_visits: 3
    on_max_visits: gave_up
    set: { rounds: "{{ visits.fix }}" }
    next: check
  - { id: done, type: terminal }
  - { id: gave_up, type: fail }
`;

test("every field of the format is read, durations as milliseconds", async () => {
  const directory = writeWorkflow(EVERY_FIELD, { "prompts/plan.md": "Plan {{ story }}.\n" });
  const graph = await loadGraph(directory);
  expect(graph).toMatchObject({
    name: "story-coder",
    directory,
    file: path.join(directory, "workflow.yaml"),
    start: "plan",
    vars: { repo: "https://example.com/app.git", max_rework: 3 },
    env: { CI: "1" },
    warnings: [],
  });
  expect([...graph.nodes.keys()]).toEqual(["plan", "check", "decide", "fix", "done", "gave_up"]);
  expect(graph.nodes.get("plan")).toMatchObject({
    timeout_ms: 5_400_000,
    retry: { times: 2, backoff_ms: 250, output_retries: 1, reframes: 0 },
    model: { claude: "opus", codex: "@gpt-5.5" },
  });
  expect(graph.nodes.get("check")).toMatchObject({
    timeout_ms: 10_000,
    retry: { times: 3, backoff_ms: 30_000 },
  });
  expect(graph.nodes.get("decide")).toMatchObject({ cases: { "0": "done" } });
  expect([...graph.prompts]).toEqual([
    ["plan", "Plan {{ story }}.\n"],
    ["fix", "Plan {{ story }}.\n"],
  ]);
});

test("a declared default of null differs from none", async () => {
  const graph = await loadGraph(
    writeWorkflow(planWith("outputs: [ { key: a, default: null }, { key: b } ]")),
  );
  const node = graph.nodes.get("plan");
  expect(node?.type === "agent" && node.outputs?.map((output) => output.default)).toEqual([null, undefined]);
});

test("a directory and its file are the same workflow, named after the directory", async () => {
  const directory = writeWorkflow(planWith());
  const [first, second] = [
    await loadGraph(directory),
    await loadGraph(path.join(directory, "workflow.yaml")),
  ];
  expect(first).toEqual(second);
  expect(first.name).toBe("story");
});

test("a directory whose name cannot name run directories needs a name in the file", async () => {
  const directory = writeWorkflow(planWith());
  const renamed = path.join(path.dirname(directory), "my story");
  renameSync(directory, renamed);
  const { problems } = await inspectGraph(renamed);
  expect(problems.map(({ message, remedy }) => [message, remedy])).toEqual([
    [
      `the directory's name "my story" cannot name run directories`,
      "Add a line `name: my-story` to the file: letters, digits, dots, - and _, at most 64.",
    ],
  ]);
});

test("the hash covers workflow, prompts and scripts, and nothing else", async () => {
  const script =
    START +
    planNode().replace(
      "type: agent\n    prompt: prompts/plan.md",
      "type: script\n    script: scripts/check.sh",
    );
  const both = `${script.replace("next: done", "next: second")}  - { id: second, type: agent, prompt: prompts/plan.md, next: done }\n  - { id: done, type: terminal }\n`;
  const hashOf = async (files: Record<string, string>, yaml = both) =>
    (await loadGraph(writeWorkflow(yaml, files))).hash;
  const hash = await hashOf({});
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(await hashOf({ "README.md": "x" })).toBe(hash);
  expect(await hashOf({ "prompts/plan.md": "Other.\n" })).not.toBe(hash);
  expect(await hashOf({ "scripts/check.sh": "exit 1\n" })).not.toBe(hash);
  expect(await hashOf({}, `${both}# note\n`)).not.toBe(hash);
});

test("prompts are fixed at load time", async () => {
  const directory = writeWorkflow(planWith(), { "prompts/plan.md": "\uFEFFFirst." });
  const graph = await loadGraph(directory);
  writeFileSync(path.join(directory, "prompts/plan.md"), "Second.");
  expect(graph.prompts.get("plan")).toBe("First.");
});

test("loadGraph refuses an invalid workflow and lists every error, but no warning", async () => {
  const directory = writeWorkflow(planWith("promt: x", "outputs: [ { key: a } ]", "timeout: soon"));
  const error: unknown = await loadGraph(directory).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UsageError);
  expect(error).toMatchObject({
    message: `the workflow ${directory} is not valid: 2 errors`,
    exitCode: 2,
    details: [
      `${directory}/workflow.yaml:7:5: [plan] unknown key \`promt\`. Did you mean \`prompt\`?`,
      `${directory}/workflow.yaml:9:14: [plan] \`timeout\` may not be "soon". Write 90s, 15m, 2h, 7d, or a number of seconds.`,
    ],
  });
});

test.each<[name: string, spoil: (directory: string) => string, message: RegExp]>([
  ["nothing there", (directory) => path.join(directory, "gone"), /^there is no workflow at .*gone$/],
  [
    "a directory without workflow.yaml",
    (directory) => {
      rmSync(path.join(directory, "workflow.yaml"));
      return directory;
    },
    /^the directory .* holds no workflow\.yaml$/,
  ],
  [
    "a directory in place of the file",
    (directory) => {
      rmSync(path.join(directory, "workflow.yaml"));
      mkdirSync(path.join(directory, "workflow.yaml"));
      return directory;
    },
    /workflow\.yaml: this is not a regular file$/,
  ],
  [
    "a file of more than 1 MiB",
    (directory) => {
      writeFileSync(path.join(directory, "workflow.yaml"), `# ${"x".repeat(1024 * 1024)}\n`);
      return directory;
    },
    /workflow\.yaml: the file is larger than 1024 KiB$/,
  ],
  [
    "a file that is no text",
    (directory) => {
      writeFileSync(path.join(directory, "workflow.yaml"), Buffer.from([0xc3, 0x28]));
      return directory;
    },
    /workflow\.yaml: the file is not UTF-8 text$/,
  ],
])("%s is a usage error", async (_, spoil, message) => {
  const error: unknown = await inspectGraph(spoil(writeWorkflow(planWith()))).catch(
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(UsageError);
  expect(error).toMatchObject({
    message: expect.stringMatching(message),
    exitCode: 2,
    details: [expect.stringMatching(/\.$/)],
  });
});

test("a workflow directory may be a link", async () => {
  const directory = writeWorkflow(planWith());
  const link = path.join(path.dirname(directory), "linked");
  symlinkSync(directory, link);
  const graph = await loadGraph(link);
  expect(graph).toMatchObject({ name: "linked", directory: link, hash: (await loadGraph(directory)).hash });
});
