import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { workflowJsonSchema } from "../../../src/graph/schema.ts";

const validate = new Ajv2020({ strict: false }).compile(workflowJsonSchema());
const workflow = (node: object): object => ({ start: "a", nodes: [node, { id: "done", type: "terminal" }] });
const AGENT = { id: "a", type: "agent", prompt: "prompts/a.md", next: "done" };

test.each([
  ["an agent", AGENT],
  ["durations as text and number", { ...AGENT, timeout: "90m", retry: { times: 1, backoff: 2.5 } }],
  [
    "outputs and args of any JSON",
    { ...AGENT, args: { a: [1, null] }, outputs: [{ key: "a", default: { b: [true] } }] },
  ],
  ["a script", { id: "a", type: "script", script: "a.sh", args: ["x", 1], next: "done" }],
  [
    "a branch",
    {
      id: "a",
      type: "branch",
      path: "x",
      cases: { "0": "done" },
      conditions: [{ op: ">", value: 1, next: "done" }],
    },
  ],
])("the JSON Schema for editors accepts %s", (_, node) => {
  expect([validate(workflow(node)), validate.errors]).toEqual([true, null]);
});

test.each([
  ["an unknown key", { ...AGENT, promt: "x" }],
  ["a wrong duration", { ...AGENT, timeout: "soon" }],
  ["an agent without prompt", { id: "a", type: "agent", next: "done" }],
  ["an unknown type", { ...AGENT, type: "agnet" }],
  ["an unknown operator", { id: "a", type: "branch", conditions: [{ op: "=>", value: 1, next: "done" }] }],
])("the JSON Schema for editors refuses %s", (_, node) => {
  expect(validate(workflow(node))).toBe(false);
});

test("the JSON Schema describes fields for editors", () => {
  expect(JSON.stringify(workflowJsonSchema())).toContain("How often this node may run");
});
