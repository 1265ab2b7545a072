import { mkdirSync, mkdtempSync, realpathSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { workflowMatcher } from "../../../src/runs/workflow-match.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "longhaul-workflow-")));
mkdirSync(join(root, "walk"));
symlinkSync("walk", join(root, "link"));
const walk = { path: join(root, "walk") };

test.for([
  ["its directory", "walk", {}, true],
  ["its file", "walk/workflow.yaml", {}, true],
  ["a link to it", "link", {}, true],
  ["another directory", "other", {}, false],
  ["another directory, with nothing said of the host", "other", { LONGHAUL_WORKFLOW_HOST_PATH: "" }, false],
  ["a mount of it", "mounted", { LONGHAUL_WORKFLOW_HOST_PATH: walk.path }, true],
] as const)("a run is known by %s", ([_how, workflow, environment, isOurs]) => {
  expect(workflowMatcher(join(root, workflow), environment)(walk)).toBe(isOurs);
});

test("the working directory does not match the workflow of another run", () => {
  expect(workflowMatcher(join(root, "walk"), {})({ path: process.cwd() })).toBe(false);
});
