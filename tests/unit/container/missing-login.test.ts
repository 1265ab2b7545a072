import { expect, test } from "vitest";
import { missingLogin } from "../../../src/container/missing-login.ts";
import { type ContainerScene, createContainer, recordedRun } from "./container-scene.ts";

const ON_HOST = { LONGHAUL_WORKFLOW_HOST_PATH: "/home/me/flow" };

const asked = (
  scene: ContainerScene,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
) =>
  missingLogin({
    args: ["/workflow", ...args],
    environment: { ...ON_HOST, ...variables, HOME: scene.places.home },
    places: scene.places,
  });

test.each([
  { args: [], variables: {}, says: "no login for claude. Run `claude` once" },
  { args: [], variables: { AGENT_CLI: "codex" }, says: "no login for codex. Run `codex login` once" },
  { args: ["--cli=copilot"], variables: { AGENT_CLI: "codex" }, says: "no login for copilot. Run" },
  { args: ["--params", "--resume-latest"], variables: {}, says: "no login for claude. " },
])("names the CLI and the way out: $args $variables", ({ args, variables, says }) => {
  expect(asked(createContainer(), args, variables)).toMatch(says);
  expect(asked(createContainer(), args, variables)).toMatch(/ Without any account: --cli replay\.$/);
});

test.each([
  { what: "a variable", args: [], variables: { CLAUDE_CODE_USE_VERTEX: "1" }, files: {} },
  { what: "a login file", args: [], variables: {}, files: { ".claude/.credentials.json": "{}" } },
  { what: "a helper", args: [], variables: {}, files: { ".claude/settings.json": '{"apiKeyHelper":"key"}' } },
  {
    what: "a provider of a profile",
    args: ["--cli", "codex"],
    variables: {},
    files: { ".codex/own.config.toml": 'model = "m"\nmodel_provider = "own"\n' },
  },
  { what: "no account", args: ["--cli", "replay"], variables: {}, files: {} },
  { what: "a run that is named", args: ["--resume-run", "flow-default"], variables: {}, files: {} },
  { what: "a command line that the runner refuses", args: ["--bogus"], variables: {}, files: {} },
  { what: "a CLI that the runner refuses", args: ["--cli", "bogus"], variables: {}, files: {} },
  { what: "one that it refuses by variable", args: [], variables: { AGENT_CLI: "bogus" }, files: {} },
])("says nothing of $what", ({ args, variables, files }) => {
  const scene = createContainer();
  scene.write(Object.fromEntries(Object.entries(files).map(([file, text]) => [`agent-state/${file}`, text])));
  expect(asked(scene, args, variables)).toBeUndefined();
});

test.each([
  { what: "an empty login file", files: { ".claude/.credentials.json": "" } },
  { what: "settings without a login", files: { ".claude/settings.json": '{"model":"opus"}' } },
])("takes $what for none", ({ files }) => {
  const scene = createContainer();
  scene.write(Object.fromEntries(Object.entries(files).map(([file, text]) => [`agent-state/${file}`, text])));
  expect(asked(scene, [])).toContain("no login for claude");
});

test("a run that has begun waits for its login, another one of the same workflow does not begin", () => {
  const scene = createContainer();
  const run = recordedRun({ runId: "friday", startIds: ["any"], exitCode: null });
  scene.write({ "runs/flow-friday/journal.jsonl": run["journal.jsonl"], "runs/broken/journal.jsonl": "{" });
  expect(asked(scene, ["--run-id", "friday"])).toBeUndefined();
  expect(asked(scene, ["--run-id", "monday"])).toContain("no login for claude");
  const elsewhere = { LONGHAUL_WORKFLOW_HOST_PATH: "/home/me/flo" };
  expect(asked(scene, ["--run-id", "friday"], elsewhere)).toContain("no login for claude");
});
