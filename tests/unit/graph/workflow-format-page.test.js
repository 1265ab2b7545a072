import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  BUILT_IN_CONTEXT_KEYS,
  LATER_NODE_TYPES,
  LATER_WORKFLOW_KEYS,
  workflowJsonSchema,
} from "../../../src/graph/schema.js";
import { FILTERS } from "../../../src/prompts/filters.js";
import { VALUE_TESTS } from "../../../src/prompts/value-tests.js";
import { problemsOf, writeWorkflow } from "./workflow-directory.js";
const PAGE = readFileSync(new URL("../../../docs/workflow-format.md", import.meta.url), "utf8");
const EXAMPLE = /```yaml\n([\s\S]*?)```/.exec(PAGE)?.[1] ?? "";
/** Names of all properties in a JSON Schema, however deep. */
function propertyNames(schema) {
  if (typeof schema !== "object" || schema === null) return [];
  const own =
    "properties" in schema && typeof schema.properties === "object"
      ? Object.keys(schema.properties ?? {})
      : [];
  return [...own, ...Object.values(schema).flatMap(propertyNames)];
}
test("the example of the page is valid, without a warning", async () => {
  expect(
    await problemsOf(writeWorkflow(EXAMPLE, { "prompts/fix.md": "Fix {{ checks }}, round {{ rounds }}.\n" })),
  ).toEqual([]);
});
test("the example shows every field", () => {
  const shown = [...EXAMPLE.matchAll(/(\w+):/g)].map((match) => match[1]);
  const missing = propertyNames(workflowJsonSchema()).filter(
    (name) => !shown.includes(name) && name !== "copilot",
  );
  expect(missing).toEqual([]);
});
test.each([
  ["filters", /^Filters: `([^`]*)`/m, [...FILTERS.keys()]],
  ["tests", /^Tests: `([^`]*)`/m, [...VALUE_TESTS.keys()]],
])("the page names all %s", (_, pattern, names) => {
  expect(pattern.exec(PAGE)?.[1]?.split(/\s+/)).toEqual(names.toSorted());
});
test.each([...BUILT_IN_CONTEXT_KEYS, ...LATER_NODE_TYPES, ...LATER_WORKFLOW_KEYS])(
  "the page names %s",
  (name) => {
    expect(PAGE).toContain(`\`${name}\``);
  },
);
