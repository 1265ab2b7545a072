import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { BACKENDS } from "../../../src/backends/table.ts";
import { CHECKOUT } from "../../support/docs-pages.ts";
import { lentPatterns } from "../../support/shell-tables.ts";

const read = (file: string): string => readFileSync(path.join(CHECKOUT, file), "utf8");

describe("generated tables of the shell say what the code says (npm run docs writes them anew)", () => {
  test.each([{ file: "src/container/lent-files", text: lentPatterns }])("$file", async ({ file, text }) => {
    await expect(text()).toMatchFileSnapshot(path.join(CHECKOUT, file));
  });
});

test("compose.yaml passes on each variable that is a login", () => {
  const compose = read("compose.yaml");
  const variables = Object.values(BACKENDS).flatMap(({ loginVariables }) => loginVariables);
  expect(variables.filter((variable) => !compose.includes(`      ${variable}:\n`))).toEqual([]);
});
