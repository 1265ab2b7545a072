import { writeFileSync } from "node:fs";
import path from "node:path";
import { anything, assert, asyncProperty, constantFrom, jsonValue, nat, oneof, string } from "fast-check";
import { expect, test } from "vitest";
import { inspectGraph } from "../../../src/graph/graph.ts";
import { writeWorkflow } from "./workflow-directory.ts";

const STEP = {
  timeout: "5m",
  cwd: "/w",
  set: { n: 1 },
  retry: { times: 1, backoff: "1s" },
  max_visits: 3,
  on_max_visits: "done",
};
const WORKFLOW = {
  name: "story",
  start: "plan",
  vars: { a: 1 },
  env: { CI: "1" },
  nodes: [
    {
      id: "plan",
      type: "agent",
      prompt: "prompts/plan.md",
      args: { a: "{{ a }}" },
      model: { claude: "x" },
      ...STEP,
      next: "check",
    },
    {
      id: "check",
      type: "script",
      script: "scripts/check.sh",
      args: ["{{ a }}"],
      outputs: [{ key: "ok", default: 1, schema: { type: "number" } }],
      ...STEP,
      next: "decide",
    },
    {
      id: "decide",
      type: "branch",
      path: "ok",
      cases: { "1": "done" },
      conditions: [{ op: ">", value: 1, next: "done" }],
      when: [{ if: "{{ ok }}", next: "done" }],
      default: "done",
    },
    { id: "done", type: "terminal" },
  ],
};

/** Paths of everything in the workflow. */
function pathsOf(value: unknown, prefix: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [prefix];
  return [prefix, ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...prefix, key]))];
}
const PATHS = pathsOf(WORKFLOW);

/** The workflow with one part replaced, renamed to an unknown key, or removed. */
function spoil(value: unknown, [part, ...rest]: readonly string[], change: Change): unknown {
  if (part === undefined) return change.replacement;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (String(index) === part ? spoil(item, rest, change) : item));
  const entries = Object.entries(value as object).flatMap(([key, member]): [string, unknown][] => {
    if (key !== part) return [[key, member]];
    if (rest.length > 0 || change.kind === "replace") return [[key, spoil(member, rest, change)]];
    return change.kind === "rename" ? [[`${key}x`, member]] : [];
  });
  return Object.fromEntries(entries);
}
interface Change {
  readonly kind: "replace" | "rename" | "remove";
  readonly replacement: unknown;
}

test("after replacing any part, the result is a graph or errors with a place", async () => {
  const directory = writeWorkflow("");
  const replacement = oneof(
    jsonValue(),
    string(),
    constantFrom("{{ a | x }}", "{{", "../x", "constructor", "__proto__", "", 0, -1, {}, []),
  );
  await assert(
    asyncProperty(
      nat(PATHS.length - 1),
      constantFrom("replace", "rename", "remove"),
      replacement,
      async (index, kind, replacement) => {
        const text = JSON.stringify(spoil(WORKFLOW, PATHS[index] ?? [], { kind, replacement }), null, 1);
        writeFileSync(path.join(directory, "workflow.yaml"), text);
        const { graph, problems } = await inspectGraph(directory);
        const lines = text.split("\n").length;
        expect(graph === undefined).toBe(problems.some((problem) => problem.severity === "error"));
        expect(
          problems.filter(
            ({ file, line, column }) =>
              file.endsWith("workflow.yaml") && (line < 1 || line > lines || column < 1),
          ),
        ).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});

test("the unchanged workflow is valid", async () => {
  expect(await inspectGraph(writeWorkflow(JSON.stringify(WORKFLOW)))).toMatchObject({
    problems: [],
    graph: { name: "story" },
  });
});

test("any text results in a graph or in errors", async () => {
  const directory = writeWorkflow("");
  const text = oneof(
    string({ unit: "binary" }),
    anything().map((value) => JSON.stringify(value) ?? ""),
  );
  await assert(
    asyncProperty(text, async (yaml) => {
      writeFileSync(path.join(directory, "workflow.yaml"), yaml);
      expect((await inspectGraph(directory)).problems).not.toEqual([]);
    }),
    { numRuns: 200 },
  );
});
