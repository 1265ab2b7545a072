import { describe, expect, test } from "vitest";
import { defaultWorkspace, runDirectoryName, runLayout } from "../../../src/store/layout.ts";

test("names everything in a run directory", () => {
  const layout = runLayout("/runs/demo-default");
  expect(layout).toMatchObject({
    journal: "/runs/demo-default/journal.jsonl",
    checkpoint: "/runs/demo-default/checkpoint.json",
    runJson: "/runs/demo-default/run.json",
    contextJson: "/runs/demo-default/context.json",
    requests: "/runs/demo-default/requests",
    log: "/runs/demo-default/longhaul.log",
    lock: "/runs/.longhaul/locks/demo-default/held",
  });
  expect(layout.stepDir(7, "plan")).toBe("/runs/demo-default/steps/000007-plan");
  expect(layout.attemptDir(7, "plan", 1)).toBe("/runs/demo-default/steps/000007-plan/attempts/01");
  expect(layout.attemptDir(1_234_567, "plan", 123)).toBe(
    "/runs/demo-default/steps/1234567-plan/attempts/123",
  );
  expect(layout.newestLink("plan")).toBe("/runs/demo-default/plan");
  expect(layout.newestLinkTarget(7, "plan")).toBe("steps/000007-plan");
});

describe("run directory names", () => {
  test.each([
    ["demo", "default", "demo-default"],
    ["a.b_c-1", "2026-03-01", "a.b_c-1-2026-03-01"],
    ["x".repeat(100), "y", `${"x".repeat(100)}-y`],
  ])("%s and %s", (name, runId, expected) => {
    expect(runDirectoryName(name, runId)).toBe(expected);
  });

  test.each(["", "..", "../x", "a/b", "a..b", ".hidden", "-flag", "a b", "ü", "a\n", "x".repeat(101)])(
    "%j is refused as run id and as name",
    (text) => {
      const refusal = {
        exitCode: 2,
        details: [expect.stringContaining("Allowed: 1 to 100 letters, digits")],
      };
      expect(() => runDirectoryName("demo", text)).toThrow(expect.objectContaining(refusal));
      expect(() => runDirectoryName(text, "default")).toThrow(expect.objectContaining(refusal));
    },
  );
});

test.each([
  [{}, "/home/me/.local/state/longhaul/workspaces/29c3b699/demo-default"],
  [{ XDG_STATE_HOME: "/state" }, "/state/longhaul/workspaces/29c3b699/demo-default"],
  [{ XDG_STATE_HOME: "relative" }, "/home/me/.local/state/longhaul/workspaces/29c3b699/demo-default"],
  [{ LONGHAUL_WORKSPACES_DIR: "/workspace", XDG_STATE_HOME: "/state" }, "/workspace/demo-default"],
])("the workspace lies on the volume for workspaces, else under the state directory: %j", (env, expected) => {
  expect(defaultWorkspace({ runDir: "/runs/demo-default", env, home: "/home/me" })).toBe(expected);
});

test("runs of one name in two runs roots do not share a workspace", () => {
  const [first, second] = ["/a/runs/demo-default", "/b/runs/demo-default"].map((runDir) =>
    defaultWorkspace({ runDir, env: {}, home: "/home/me" }),
  );
  expect(first).not.toBe(second);
});
