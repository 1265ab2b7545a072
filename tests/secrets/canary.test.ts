/** The canaries of a whole run: printed wherever a program can print, and found nowhere. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  canaryEnvironment,
  SECRETS,
  secretsBelow,
  secretsIn,
  SPELLINGS,
  writeCanaryLogins,
} from "../support/canaries.ts";
import { createScene, expectExit, type Scene } from "../support/longhaul.ts";
import { writeLeakyWorkflow } from "../support/leaky-workflow.ts";
import { openRunDirectory, treeOf } from "../support/run-directory.ts";
import { until } from "../support/until.ts";

/** All that a run leaves behind; what is not there has not been searched either. */
const KEPT_FILES =
  "blobs/ checkpoint.json journal.jsonl longhaul.log run.json context_after.json prompt.md command.txt output.json result.json events.jsonl unclassified.json process.json stdout.log stderr.log notify/";
const RUN = ["run", "leaky", "--cli", "claude"] as const;

test.each(Object.entries(SPELLINGS))("the search knows a canary by its spelling: %s", (_name, spell) => {
  for (const secret of SECRETS) expect(secretsIn(Buffer.from(`<${spell(secret)}>`))).toContain(secret);
  expect(secretsIn(Buffer.from("nothing of that kind, +9 %41 \\u0041 [redacted]"))).toEqual([]);
});

function leakyScene() {
  const scene = createScene();
  writeCanaryLogins(scene.home);
  const env = {
    ...canaryEnvironment(),
    ...writeLeakyWorkflow(scene),
    AGENT_INVOKE_BACKOFF_BASE_S: "0.05",
    AGENT_INVOKE_BACKOFF_CAP_S: "0.1",
    AGENT_NOTIFY_CMD: `tee -a "${scene.path("notices")}"; env; env >&2`,
  };
  return { scene, env };
}

test("a run that is killed in the middle of a canary and resumed: no canary in files, notices or on a terminal", async () => {
  const { scene, env } = leakyScene();
  const first = scene.start(RUN, { env });
  await until(() => existsSync(scene.path("ledger.holds")), first.stderr);
  first.child.kill("SIGKILL");
  await first.ended;
  const second = await scene.run([...RUN, "--json"], { env });
  expectExit(6, second);
  const directory = openRunDirectory(join(scene.runs, "leaky-default"));
  expect(
    directory.ofType("attempt.failed").map(({ failure }) => `${failure.class}/${failure.reason}`),
  ).toEqual(["answer/missing_key", "transient/server_error", "transient/unclassified", "script/exit_code"]);
  expect(secretsBelow(scene.runs)).toEqual([]);
  const kept = Object.keys(treeOf(directory.dir)).map((name) => name.replace(/^.*\/(?=[^/]+\/?$)/, ""));
  expect(kept).toEqual(expect.arrayContaining(KEPT_FILES.split(" ")));
  expect(secretsIn(readFileSync(scene.path("notices")))).toEqual([]);
  const printedAll = [first.stdout(), first.stderr(), second.stdout, second.stderr];
  expect(printedAll.flatMap((text) => secretsIn(Buffer.from(text)))).toEqual([]);
  expect(await shownSecrets(scene, env)).toEqual([]);
});

test("chaos on a workflow whose script prints canaries: none in its table or in the runs it keeps", async () => {
  const scene = createScene();
  writeCanaryLogins(scene.home);
  const env = {
    ...canaryEnvironment(),
    ...writeLeakyWorkflow(scene),
    TMPDIR: scene.path("tmp"),
    SPARED: "1",
  };
  scene.write({
    "tmp/.keep": "",
    "leaky/replay.yaml": "ask: { output: { verdict: 1 } }\nagain: { output: { second: 2 } }\n",
  });
  const args = ["chaos", "leaky", "--cases", "6", "--seed", "1", "--jobs", "2", "--keep-runs"];
  const ended = await scene.run(args, { env });
  expectExit(0, ended);
  expect(secretsIn(Buffer.from(ended.stdout + ended.stderr))).toEqual([]);
  expect(Object.keys(treeOf(scene.path("tmp"))).some((name) => name.endsWith("journal.jsonl"))).toBe(true);
  expect(secretsBelow(scene.path("tmp"))).toEqual([]);
});

/** What the commands that show a run print of it. */
async function shownSecrets(scene: Scene, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const run = "leaky-default";
  const stream = join(scene.runs, run, "ask", "attempts", "01");
  const commands = [
    ["status"],
    ["status", "--json"],
    ["show", run],
    ["show", run, "--json"],
    ["show", run, "ask"],
    ["show", run, "leak", "--json"],
    ["logs", run],
    ["logs", run, "--json"],
    ["logs", run, "ask"],
    ["logs", run, "fails"],
    ["report", run, "--out", "-"],
    ["graph", "leaky", "--run", run],
    ["graph", "leaky", "--run", run, "--format", "svg"],
    ["classify", "--cli", "claude", "--exit-code", "1", stream],
  ];
  const found: string[] = [];
  for (const args of commands) {
    const ended = expectExit(0, await scene.run(args, { env }));
    for (const secret of secretsIn(Buffer.from(ended.stdout + ended.stderr)))
      found.push(`${args.join(" ")}: ${secret}`);
  }
  return found;
}
