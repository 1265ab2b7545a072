import { symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { calls } from "../../support/in-process.ts";
import { createScene } from "../../support/longhaul.ts";
import { type Refusal, refusalProblems } from "../../support/refusal.ts";

describe("a command line that cannot be meant", () => {
  it.each<readonly [string, Refusal]>([
    [
      "a run id that leaves the runs directory",
      { args: ["run", "good", "--run-id", "../../etc"], says: ['"../../etc"', "Allowed"] },
    ],
    ["a run id of dots", { args: ["run", "good", "--run-id", ".."], says: ['".."', "Allowed"] }],
    ["a run id with a slash", { args: ["run", "good", "--run-id", "a/b"], says: ['"a/b"', "Allowed"] }],
    ["an empty run id", { args: ["run", "good", "--run-id", ""], says: ["run id", "Allowed"] }],
    [
      "a run id without end",
      { args: ["run", "good", "--run-id", "x".repeat(5000)], says: ["run id", "Allowed"] },
    ],
    ["no workflow", { args: ["run"], says: ["Which workflow?"] }],
    ["a workflow that is not there", { args: ["run", "nowhere"], says: ["nowhere"] }],
    ["a directory without a workflow file", { args: ["run", "home"], says: ["workflow.yaml"] }],
    [
      "params that are a list",
      { args: ["run", "good", "--params", "[1]"], says: ["--params must be a JSON object", "For example"] },
    ],
    [
      "params that are null",
      { args: ["run", "good", "--params", "null"], says: ["--params must be a JSON object"] },
    ],
    [
      "params that are no JSON",
      { args: ["run", "good", "--params", "{who: x}"], says: ["--params is not JSON", "For example"] },
    ],
    [
      "params nested without end",
      {
        args: [
          "run",
          "good",
          "--cli",
          "replay",
          "--params",
          `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
        ],
        says: ["--params is nested too deeply", "Flatten it"],
      },
    ],
    [
      "a params file that is not there",
      { args: ["run", "good", "--params-file", "none.json"], says: ["none.json cannot be read"] },
    ],
    [
      "a params file without end",
      { args: ["run", "good", "--params-file", "/dev/zero"], says: ["--params-file /dev/zero is a device"] },
    ],
    [
      "answers without end",
      { args: ["run", "good", "--cli", "replay", "--replay", "/dev/zero"], says: ["/dev/zero is a device"] },
    ],
    [
      "params twice",
      { args: ["run", "good", "--params", "{}", "--params-file", "x"], says: ["exclude each other"] },
    ],
    ["an unknown flag", { args: ["run", "good", "--quite"], says: ["unknown option '--quite'", "--quiet"] }],
    ["an unknown command", { args: ["ruin", "good"], says: ["unknown command 'ruin'", "run"] }],
    ["an argument too many", { args: ["run", "good", "better"], says: ["too many arguments"] }],
    [
      "two moves at once",
      {
        args: ["run", "good", "--at", "ask", "--redo", "work"],
        says: ["--at and --redo exclude each other"],
      },
    ],
    [
      "an empty runs directory",
      { args: ["run", "good", "--cli", "replay", "--runs-dir", ""], says: ["--runs-dir has an empty value"] },
    ],
    [
      "a runs directory that is a file",
      {
        args: ["run", "good", "--cli", "replay", "--runs-dir", "good/ask.md/runs"],
        says: ["good/ask.md is not a directory", "--runs-dir"],
      },
    ],
    [
      "a runs directory on a disk that is not mounted",
      {
        args: ["run", "good", "--cli", "replay", "--runs-dir", "disk/runs"],
        prepare: (scene) => symlinkSync("nowhere", scene.path("disk")),
        says: ["disk is not a directory", "link"],
      },
    ],
    [
      "a runs directory where the system takes no directories",
      {
        args: ["run", "good", "--cli", "replay", "--runs-dir", "/proc/longhaul/runs"],
        says: ["The runs directory /proc/longhaul/runs cannot be created", "/proc takes no directories"],
      },
    ],
    [
      "answers for an agent that would not use them",
      {
        args: ["run", "good", "--replay", "good/replay.yaml"],
        says: ["--replay needs --cli replay", "would ask claude"],
      },
    ],
    [
      "a param with a built-in name",
      {
        args: ["run", "good", "--cli", "replay", "--params", '{"run": 1}'],
        says: ["`run` is a built-in context key"],
      },
    ],
    [
      "two runs to resume",
      {
        args: ["run", "good", "--resume-run", "x", "--resume-latest"],
        says: ["--resume-run and --resume-latest exclude each other"],
      },
    ],
    [
      "a run to resume, and an id",
      { args: ["run", "good", "--resume-latest", "--run-id", "x"], says: ["--resume-latest", "--run-id"] },
    ],
    [
      "--fresh with a move",
      { args: ["run", "good", "--fresh", "--from", "ask"], says: ["--fresh", "--from"] },
    ],
    ["a limit without an amount", { args: ["run", "good", "--limit", "steps"], says: ["--limit"] }],
    [
      "an unknown CLI",
      { args: ["run", "good", "--cli", "gpt"], says: ["gpt", "claude", "codex", "copilot", "replay"] },
    ],
    [
      "an unknown CLI by environment",
      { args: ["run", "good"], env: { AGENT_CLI: "gpt" }, says: ["AGENT_CLI gpt", "Choose one of"] },
    ],
    [
      "a move to a node where no run is",
      { args: ["run", "good", "--at", "work"], says: ["contains no run yet"] },
    ],
    [
      "a run to resume that is not there",
      { args: ["run", "--resume-run", "good-other"], says: ["There is no run good-other"] },
    ],
    ["a latest run where none is", { args: ["run", "--resume-latest"], says: ["runs"] }],
    [
      "answers that are not there",
      {
        args: ["run", "good", "--cli", "replay", "--replay", "none.yaml"],
        says: ["none.yaml does not exist"],
      },
    ],
    [
      "settings that are no numbers",
      {
        args: ["run", "good", "--cli", "replay"],
        env: { AGENT_IDLE_TIMEOUT_S: "soon", AGENT_MAX_CAP_WAITS: "-1" },
        says: ["AGENT_IDLE_TIMEOUT_S=soon", "AGENT_MAX_CAP_WAITS=-1"],
      },
    ],
    [
      "a switch that is neither on nor off",
      {
        args: ["run", "good"],
        env: { AGENT_USE_DEFAULT_OUTPUTS: "maybe" },
        says: ["AGENT_USE_DEFAULT_OUTPUTS=maybe"],
      },
    ],
  ])("%s", async (_what, refusal) => {
    expect(await refusalProblems(refusal)).toEqual([]);
  });
});

describe("--json about what is not there", () => {
  it.each([
    ["show", "absent"],
    ["logs", "absent"],
    ["stop", "absent"],
    ["doctor", "absent"],
    ["chaos", "absent"],
    ["run", "absent"],
    ["run", "absent", "--plan"],
    ["status", "--runs-dir", "absent"],
    ["clean", "--older-than", "1d", "--runs-dir", "absent"],
    ["classify", "--cli", "claude", "absent"],
  ])("%s %s: exit 2, the reason on stderr, no answer on stdout", async (...args) => {
    const ended = await calls(createScene(), 2, [...args, "--json"]);
    expect(ended.stdout).toBe("");
    expect(ended.stderr).toContain("absent");
  });

  it.each([
    { workflow: "absent", message: "there is no workflow at absent" },
    { workflow: "/dev", message: "the directory /dev holds no workflow.yaml" },
  ])("validate $workflow: no valid workflow, as JSON and on stderr", async ({ workflow, message }) => {
    const scene = createScene();
    const ended = await calls(scene, 2, ["validate", workflow, "--json"]);
    const remedy = "Name a workflow directory (one that holds workflow.yaml) or a workflow file.";
    expect(JSON.parse(ended.stdout)).toEqual({
      valid: false,
      problems: [{ severity: "error", file: workflow, line: 1, column: 1, message, remedy }],
    });
    expect(ended.stderr).toBe(`longhaul: ${message}\n  ${remedy}\n`);
  });
});
