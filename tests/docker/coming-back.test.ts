/**
 * Coming back and staying down (DESIGN "The container"), on a real engine that is really taken down.
 * Each event hits several runs at once, every one of them in the middle of something.
 */
import { expect, test } from "vitest";
import { recordFault } from "../support/fault-matrix.ts";
import { answer, capWithReset, forever, hold, structured } from "../support/model-server/script.ts";
import { type Box, openBox } from "./support/box.ts";
import type { CommandResult } from "./support/command.ts";
import { expectExit, mustRun } from "./support/command.ts";
import { ENGINE_EVENTS, restartEngine } from "./support/engine.ts";
import { type RunRecord, eventually, ofType, readRun } from "./support/run-record.ts";
import { type ScriptedModel, startScriptedModel } from "./support/scripted-model.ts";

/** A script before and after the agent note each time they run. */
const TURN_WORKFLOW = `start: before
nodes:
  - { id: before, type: script, script: scripts/note.sh, args: [before], next: ask }
  - id: ask
    type: agent
    prompt: prompts/ask.md
    outputs: [{ key: greeting }]
    next: after
  - { id: after, type: script, script: scripts/note.sh, args: [after], next: done }
  - { id: done, type: terminal }
`;
const ending = (node: string) => `start: last\nnodes:\n${node}\n`;
const FILES = {
  "turn/workflow.yaml": TURN_WORKFLOW,
  "turn/prompts/ask.md": "Answer with a greeting.\n",
  "turn/scripts/note.sh": 'echo "$1" >> notes\n',
  "ends-well/replay.yaml": "{}\n",
  "ends-badly/replay.yaml": "{}\n",
  "breaks/replay.yaml": "{}\n",
  "ends-well/workflow.yaml": ending("  - { id: last, type: terminal }"),
  "ends-badly/workflow.yaml": ending("  - { id: last, type: fail }"),
  "breaks/workflow.yaml": ending(
    "  - { id: last, type: script, script: scripts/no.sh, next: end }\n  - { id: end, type: terminal }",
  ),
  "breaks/scripts/no.sh": "exit 9\n",
};
const GREETING = structured({ greeting: "Hello again." });
const CAP_S = 25;
const CAP_RUN = ["turn", "--run-id", "cap"];

const turnScript = () => [hold(answer("never sent")), forever(GREETING)];
const capScript = () => [capWithReset({ inSeconds: CAP_S }), forever(GREETING)];

async function openBoxWithWorkflows(): Promise<Box> {
  const box = await openBox();
  await box.write(FILES);
  return box;
}

/** A run of `turn` in the foreground, as a person at a terminal has it. */
async function startTurn(box: Box, runId: string, model: ScriptedModel, flags: readonly string[] = []) {
  const running = box.runSh(["turn", "--cli", "claude", "--run-id", runId, ...flags], {
    ...model.env,
    AGENT_CAP_WAIT_MARGIN_S: "0",
    AGENT_CAP_PROBE_S: "3600",
  });
  await model.server.waitForRequest(1);
  return running;
}

const scriptedClaude = (box: Box, script: ReturnType<typeof turnScript> | ReturnType<typeof capScript>) =>
  startScriptedModel(box, { cli: "claude", script });

const inCapWait = (box: Box, name: string) =>
  eventually(`${name} waits for its cap`, async () => {
    return (await box.inVolumes(`grep -c wait.started /runs/${name}/journal.jsonl || true`)) === "1";
  });

async function expectFinishedOnce(box: Box, name: string): Promise<RunRecord> {
  const record = await readRun(box, name);
  expect(record.run).toMatchObject({ exit_code: 0 });
  expect(ofType(record, "step.finished").map(({ node }) => node)).toEqual(["before", "ask", "after"]);
  expect(await box.inVolumes(`cat /workspace/${name}/notes`)).toBe("before\nafter");
  return record;
}

const OVER = [
  { workflow: "ends-well", code: 0 },
  { workflow: "ends-badly", code: 1 },
  { workflow: "breaks", code: 6 },
];

test.for(ENGINE_EVENTS)(
  "%s: what was under way goes on, what was over stays over",
  async (event, { task }) => {
    const box = await openBoxWithWorkflows();
    const [turnModel, capModel] = [
      await scriptedClaude(box, turnScript()),
      await scriptedClaude(box, capScript()),
    ];
    for (const { workflow } of OVER)
      expectExit(await box.runSh([workflow, "--cli", "replay", "--detach"]), 0);
    const running: Promise<CommandResult>[] = [
      startTurn(box, "turn", turnModel),
      startTurn(box, "cap", capModel),
    ];
    await turnModel.server.waitForRequest(1);
    await inCapWait(box, "turn-cap");
    const journalsBefore = await journalsOfOver(box);

    await restartEngine(event);

    for (const result of await Promise.all(running)) expectExit(result, 0);
    const turn = await expectFinishedOnce(box, "turn-turn");
    expect(ofType(turn, "run.resumed")).toHaveLength(1);
    const cap = await expectFinishedOnce(box, "turn-cap");
    expect(ofType(cap, "run.resumed")).toHaveLength(1);
    expect(ofType(cap, "wait.started")).toHaveLength(1);
    const journalsAfter = await journalsOfOver(box);
    expect(journalsAfter).toEqual(journalsBefore);
    expect(await box.containers()).toHaveLength(OVER.length);
    recordFault(task, {
      promise: [1, 3],
      fault: `${event}, with a run in mid-turn, one in a wait for a cap, and three that are over`,
      how: "a real Docker engine taken down and started again, claude in both turns",
      injected: 1,
      found: {
        "finished steps lost": 6 - [turn, cap].flatMap((record) => ofType(record, "step.finished")).length,
        "scripts run again": (await scriptRuns(box, ["turn-turn", "turn-cap"])) - 4,
        "waits begun again": ofType(cap, "wait.started").length - 1,
        "ended runs touched": journalsAfter.filter((journal, index) => journal !== journalsBefore[index])
          .length,
      },
      outcome: "the containers came back by themselves, and run.sh ended with the code of each run",
    });
  },
);

/** How often their scripts ran, by what they noted. */
const scriptRuns = async (box: Box, names: readonly string[]): Promise<number> =>
  Number(await box.inVolumes(`cat ${names.map((name) => `/workspace/${name}/notes`).join(" ")} | wc -l`));

/** What the finished runs recorded: their whole journals and exit codes. */
async function journalsOfOver(box: Box): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { workflow, code } of OVER) {
    await eventually(`${workflow} is over`, async () => {
      const shown = await box.inVolumes(
        `jq .exit_code /runs/${workflow}-default/run.json 2>/dev/null || true`,
      );
      return shown === String(code);
    });
    found.push(await box.inVolumes(`cat /runs/${workflow}-default/journal.jsonl`));
  }
  return found;
}

test("docker stop in mid-turn lasts until the engine restarts; run.sh --stop lasts", async () => {
  const box = await openBoxWithWorkflows();
  const [first, second] = [await scriptedClaude(box, turnScript()), await scriptedClaude(box, turnScript())];
  const stopped = startTurn(box, "stopped", first);
  const removed = startTurn(box, "removed", second);
  await Promise.all([first.server.waitForRequest(1), second.server.waitForRequest(1)]);

  const container = await containerOf("turn-stopped");
  await mustRun("docker", ["stop", "-t", "30", container]);
  expectExit(await stopped, 75);
  expectExit(await box.runSh(["turn", "--run-id", "removed", "--stop"]), 0);
  expectExit(await removed, 75);
  for (const name of ["turn-stopped", "turn-removed"])
    expect((await readRun(box, name)).run).toMatchObject({ exit_code: null, status: "interrupted" });

  await restartEngine("power cut");
  await eventually("the stopped run comes back and ends", async () => {
    return (await readRun(box, "turn-stopped")).run["exit_code"] === 0;
  });
  await expectFinishedOnce(box, "turn-stopped");
  expect((await readRun(box, "turn-removed")).run).toMatchObject({ status: "interrupted" });
  expect(await box.containers()).toEqual([container]);
});

test("a --fresh start acts once, though its container comes back with the same command line", async () => {
  const box = await openBoxWithWorkflows();
  const once = await scriptedClaude(box, [forever(GREETING)]);
  expectExit(await box.runSh(["turn", "--cli", "claude"], once.env), 0);
  const model = await scriptedClaude(box, turnScript());
  const running = startTurn(box, "default", model, ["--fresh"]);
  await model.server.waitForRequest(1);

  await restartEngine("power cut");

  expectExit(await running, 0);
  await expectFinishedOnce(box, "turn-default");
  expect(await box.inVolumes("ls /runs")).toBe("turn-default\nturn-default.1");
});

const stopContainer = async (name: string) => {
  await mustRun("docker", ["stop", "-t", "30", await containerOf(name)]);
};

test.for([
  { by: "run.sh --stop", stop: async (box: Box) => expectExit(await box.runSh([...CAP_RUN, "--stop"]), 0) },
  { by: "docker stop", stop: () => stopContainer("turn-cap") },
])("a cap wait that $by ends goes on as the same wait", async ({ by, stop }, { task }) => {
  const box = await openBoxWithWorkflows();
  const model = await scriptedClaude(box, capScript());
  const stopped = startTurn(box, "cap", model);
  await inCapWait(box, "turn-cap");
  await stop(box);
  expectExit(await stopped, 75);
  const before = await readRun(box, "turn-cap");
  expect(before.run).toMatchObject({ status: "interrupted", exit_code: null });
  expect(model.server.requests).toHaveLength(1);

  const resumed = startTurn(box, "cap", model);
  await eventually("the run waits again", async () => {
    return (await readRun(box, "turn-cap")).run["status"] === "waiting";
  });
  const [wait] = ofType(before, "wait.started");
  expect((await readRun(box, "turn-cap")).run).toMatchObject({ waiting: { until: wait?.["until"] } });
  expectExit(await resumed, 0);
  const record = await expectFinishedOnce(box, "turn-cap");
  expect(ofType(record, "wait.started")).toEqual([wait]);
  expect(ofType(record, "run.resumed")).toHaveLength(1);
  expect(model.server.requests).toHaveLength(2);
  recordFault(task, {
    promise: 3,
    fault: `a wait for a cap is ended by ${by}, and the run is started again`,
    how: "a real Docker engine and claude, the cap as its API says it",
    injected: 1,
    found: {
      "waits begun": ofType(record, "wait.started").length,
      "requests to the model in the wait": model.server.requests.length - 2,
    },
    outcome: "the same wait to the same moment, then the turn",
  });
});

test("a run whose exit code cannot be kept in the volume still ends once, with its code", async () => {
  const box = await openBoxWithWorkflows();
  await box.inVolumes("mkdir /runs/.outcomes && chmod a-w /runs/.outcomes");
  const result = await box.runSh(["ends-badly", "--cli", "replay"]);
  expect(result).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("could not keep the exit code 1"),
  });
  expect(result.output).not.toContain("nothing is started");
  expect(await box.containers()).toEqual([]);
});

const containerOf = (name: string) =>
  mustRun("docker", ["ps", "-q", "--no-trunc", "--filter", `label=longhaul.run=${name}`]);
