import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { BACKENDS } from "../../../src/backends/table.ts";
import { CHECKOUT } from "../../support/docs-pages.ts";
import {
  COMMANDS,
  FLAGS,
  FLAGS_WITH_VALUE,
  FLAGS_WITHOUT_VALUE,
  launcherTables,
  lentPatterns,
} from "../../support/shell-tables.ts";

const read = (file: string): string => readFileSync(path.join(CHECKOUT, file), "utf8");

describe("generated tables of the shell say what the code says (npm run docs writes them anew)", () => {
  test.each([
    { file: "src/launcher/tables.sh", text: launcherTables },
    { file: "src/container/lent-files", text: lentPatterns },
  ])("$file", async ({ file, text }) => {
    await expect(text()).toMatchFileSnapshot(path.join(CHECKOUT, file));
  });
});

/** What run.sh takes for itself and does not hand on. */
const OWN_FLAGS = ["--build", "--detach", "--local", "--logs", "--stop", "--shell"];
const LAUNCHER = [
  "run.sh",
  ...readdirSync(path.join(CHECKOUT, "src/launcher")).map((file) => `src/launcher/${file}`),
];

describe("run.sh reads a command line as Longhaul does", () => {
  test("a flag takes a value in all commands or in none: run.sh does not know whose it is", () => {
    expect(FLAGS_WITH_VALUE.filter((flag) => FLAGS_WITHOUT_VALUE.includes(flag))).toEqual([]);
  });

  test("no flag of a command is one that run.sh keeps for itself", () => {
    expect(OWN_FLAGS.filter((flag) => FLAGS.has(flag))).toEqual([]);
    expect(COMMANDS.map((command) => command.name())).not.toContain("copy");
  });

  test("each flag that run.sh treats in its own way exists", () => {
    const treated = LAUNCHER.flatMap((file) => read(file).split("\n").flatMap(flagsOfCaseArm));
    expect(treated.length).toBeGreaterThan(10);
    expect(treated.filter((flag) => !isKnown(flag))).toEqual([]);
  });

  test("each flag in the usage of run.sh exists", () => {
    const usage = /<<'TEXT'\n([\s\S]*?)\nTEXT\n/.exec(read("run.sh"))?.[1] ?? "";
    const named = usage.match(/--[a-z-]+/g) ?? [];
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((flag) => !isKnown(flag))).toEqual([]);
  });
});

const isKnown = (flag: string): boolean => FLAGS.has(flag) || OWN_FLAGS.includes(flag) || flag === "--help";

/** `--out | --replay=*) ...` of a `case`, in run.sh only ever one about arguments. */
function flagsOfCaseArm(line: string): readonly string[] {
  const [, arm = ""] = /^\s*((?:-[\w=*-]+(?: \| )?)+)\)/.exec(line) ?? [];
  return arm.match(/--[a-z][a-z-]+/g) ?? [];
}

test("compose.yaml passes on each variable that is a login", () => {
  const compose = read("compose.yaml");
  const variables = Object.values(BACKENDS).flatMap(({ loginVariables }) => loginVariables);
  expect(variables.filter((variable) => !compose.includes(`      ${variable}:\n`))).toEqual([]);
});
