/** Several runs at once on the same volumes. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Box, openBox } from "./support/box.ts";
import { expectExit } from "./support/command.ts";
import { writeLoginFile } from "../support/cli-environment.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { forever, hold, status, structured } from "../support/model-server/script.ts";
import { eventually, ofType, readRun } from "./support/run-record.ts";
import { startScriptedModel } from "./support/scripted-model.ts";

/** Waits in a script until the test lets it go; notes where it ran and that nobody else was there. */
const WAITING_WORKFLOW = `start: hold
nodes:
  - { id: hold, type: script, script: scripts/hold.sh, next: done }
  - { id: done, type: terminal }
`;
const HOLD_SCRIPT = `set -eu
pwd
mkdir alone
touch "/workspace/waiting-$(basename "$PWD")"
until [ -e /workspace/go ]; do sleep 0.2; done
rmdir alone
`;
const waitingWorkflow = (folder: string) => ({
  [`${folder}/workflow.yaml`]: WAITING_WORKFLOW,
  [`${folder}/replay.yaml`]: "{}\n",
  [`${folder}/scripts/hold.sh`]: HOLD_SCRIPT,
});
const letGo = (box: Box) => box.inVolumes("touch /workspace/go");

test("two unnamed workflows and two run ids of one run at once, each in its own place", async () => {
  const box = await openBox();
  const starts = [["first flow/one"], ["first flow/one", "--run-id", "other"], ["second flow/two"]];
  await box.write({ ...waitingWorkflow("first flow/one"), ...waitingWorkflow("second flow/two") });
  const running = starts.map((start) => box.runSh([...start, "--cli", "replay"]));
  await eventually("three scripts wait", async () => {
    return (await box.inVolumes("ls /workspace | grep -c '^waiting-' || true")) === "3";
  });
  await letGo(box);
  for (const result of await Promise.all(running)) expectExit(result, 0);
  const names = ["one-default", "one-other", "two-default"];
  const records = await Promise.all(names.map((name) => readRun(box, name)));
  expect(new Set(records.map(({ run }) => run["uuid"])).size).toBe(3);
  const folders = await box.inVolumes(
    "for run in one-default one-other two-default; do cat /runs/$run/hold/stdout.log; done",
  );
  expect(folders.split("\n")).toEqual(names.map((name) => `/workspace/${name}`));
});

test("a second start of a run that is under way ends with 4 and names the holder", async () => {
  const box = await openBox();
  await box.write(waitingWorkflow("flow"));
  const first = box.runSh(["flow", "--cli", "replay"]);
  await eventually("the script waits", async () => {
    return (await box.inVolumes("ls /workspace")).includes("waiting-flow-default");
  });
  const [container = ""] = await box.containers();
  const second = await box.runSh(["flow", "--cli", "replay"]);
  expect(second).toMatchObject({ code: 4, stderr: expect.stringContaining(container.slice(0, 12)) });

  // Not by run.sh, in a container of another project: the lock in the volume decides.
  const third = await box.compose(["up", "--exit-code-from", "longhaul"], {
    WORKFLOW_DIR: join(box.home, "flow"),
    AGENT_CLI: "replay",
    LONGHAUL_RESTART: "no",
  });
  expect(third).toMatchObject({ code: 4, output: expect.stringContaining(`host ${container.slice(0, 12)}`) });
  await letGo(box);
  expectExit(await first, 0);
});

const FIRST = "first-credential-0123456789";
const ROTATED = "rotated-credential-0123456789";
/** As a CLI that renews its login in the other run: written beside, then renamed. */
const ROTATE = `cd ~/.claude
sed 's/${FIRST}/${ROTATED}/g' .credentials.json > new && mv new .credentials.json
`;

test.for([
  { what: "the CLI takes it up in the same turn", refusals: [], attempts: 1 },
  { what: "the CLI gives up, and the turn is free", refusals: [status(401), status(401)], attempts: 2 },
])("another run rotates the login in mid-turn: $what", async ({ what, refusals, attempts }, { task }) => {
  const box = await openBox();
  await writeLoginFile({ cli: "claude", home: box.home, credential: FIRST });
  await box.write({
    "rotate/workflow.yaml":
      "start: work\nnodes:\n  - { id: work, type: script, script: rotate.sh, next: end }\n  - { id: end, type: terminal }\n",
    "rotate/rotate.sh": ROTATE,
  });
  const { server, env } = await startScriptedModel(box, {
    cli: "claude",
    script: [
      hold(status(401)),
      ...refusals,
      forever((request) =>
        request.sentCredential(ROTATED) ? structured({ greeting: "Welcome back." }) : status(401),
      ),
    ],
  });
  const { CLAUDE_CODE_OAUTH_TOKEN: _, ...byFile } = env;
  const running = box.runSh(["hello-world", "--cli", "claude"], byFile);
  expect((await server.waitForRequest(1)).sentCredential(FIRST)).toBe(true);
  expectExit(await box.runSh(["rotate", "--cli", "replay"]), 0);
  server.release();

  expectExit(await running, 0);
  expect(server.requests.at(-1)?.sentCredential(ROTATED)).toBe(true);
  const record = await readRun(box, "hello-world-default");
  const asked = ofType(record, "attempt.started").filter(({ step }) => step === 1);
  expect(asked).toHaveLength(attempts);
  expect(ofType(record, "wait.started")).toEqual([]);
  const secrets = `grep -rlE '${FIRST}|${ROTATED}' /runs || true`;
  expect(await box.inVolumes(secrets)).toBe("");
  recordFault(task, {
    promise: 2,
    fault: `another run rotates the login in mid-turn, and ${what}`,
    how: "401 for the old token, two containers on one login volume",
    injected: 1,
    found: {
      waits: ofType(record, "wait.started").length,
      "steps that took a default": ofType(record, "step.finished").filter(
        ({ defaulted }) => defaulted !== undefined,
      ).length,
    },
    outcome: "the run goes on with the new token",
  });
});
