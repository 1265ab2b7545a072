import { join } from "node:path";
import { expect, it } from "vitest";
import { actedRun, actedScene, type Act, answers, killAtAct, runActed } from "../support/acted-claude.ts";
import { KILL_AT } from "../support/crash-run.ts";
import { recordFault } from "../support/fault-matrix.ts";
import { eventsOnDisk } from "../support/killed-runs.ts";
import { createScene, type Scene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { fold } from "../support/scripted-run.ts";
import { until } from "../support/until.ts";

const HOLDS: Act = { says: [], holds: true };
const THREE = { AGENT_MAX_INTERRUPTIONS: "3" };

/** A run whose first turn was cut by a kill, and then `starts` more starts that are killed at one point of theirs. */
async function killedInStartUp(points: readonly string[]): Promise<Scene> {
  const scene = actedScene({ 1: HOLDS, 2: answers('{"answer": 42}') });
  await killAtAct(scene, 1, THREE);
  for (const point of points) {
    const ended = await runActed(scene, { ...THREE, KILL_AT: point }, { nodeArgs: ["--import", KILL_AT] });
    expect(ended.signal).toBe("SIGKILL");
  }
  return scene;
}

it("a run killed again and again before it is taken over loses nothing", async ({ task }) => {
  // Its lock, its journal opened, and the write that takes the run over: none of it, half of it.
  const points = [
    "mkdirSync#1:before",
    "writeSync#1:before",
    "openSync#3:after",
    "writeSync#3:before",
    "writeSync#3:torn",
  ];
  const scene = await killedInStartUp([...points, ...points, ...points]);
  const begun = eventsOnDisk(join(scene.runs, "acted-default", "journal.jsonl"));
  expect(begun.filter(({ type }) => type.startsWith("attempt."))).toHaveLength(1);
  const last = await runActed(scene, THREE);
  expect(last.code).toBe(0);
  const run = actedRun(scene);
  expect(run.ofType("attempt.interrupted")).toHaveLength(1);
  expect(run.ofType("attempt.started")).toHaveLength(2);
  expect(scene.ledger()).toEqual(["1", "2"]);
  recordFault(task, {
    promise: 3,
    fault: "a run is killed again and again in its start-up, before it is taken over",
    how: "SIGKILL while it takes its lock, opens its journal and writes half of its first line; AGENT_MAX_INTERRUPTIONS 3",
    injected: points.length * 3,
    found: {
      "interruptions counted for them": run.ofType("attempt.interrupted").length - 1,
      "attempts counted for them": run.ofType("attempt.started").length - 2,
      "starts of the agent": scene.ledger().length,
    },
    outcome: "the first start that is left alone goes on with the turn that was cut",
  });
});

it("a run killed again and again right after it was taken over gives up, and says so", async ({ task }) => {
  const points = ["fdatasync#1:after", "spawn#1:before"];
  const scene = await killedInStartUp(points);
  const last = await runActed(scene, THREE);
  expect(last.code).toBe(6);
  expect(last.stderr).toContain(
    "ask was interrupted 3 times without new model output (AGENT_MAX_INTERRUPTIONS).",
  );
  const run = actedRun(scene);
  expect(scene.ledger()).toEqual(["1"]);
  expect(run.ofType("attempt.started").map(({ attempt, mode }) => `${attempt} ${mode}`)).toEqual([
    "1 task",
    "2 task",
    "3 task",
  ]);
  const { open } = fold(run.events);
  expect(open?.recovery).toMatchObject({
    interruptions: 3,
    reframes: 0,
    output_retries: 0,
    invoke_retries: 0,
  });
  expect(run.ofType("step.finished")).toEqual([]);
  expect((await runActed(scene, THREE)).code).toBe(0);
  recordFault(task, {
    promise: 3,
    fault: "a run is killed again and again right after it was taken over",
    how: "SIGKILL once run.resumed is durable, before its agent is started; AGENT_MAX_INTERRUPTIONS 3",
    injected: points.length,
    found: {
      "attempts counted": run.ofType("attempt.started").length,
      "interruptions counted": open?.recovery.interruptions ?? Number.NaN,
      "rungs climbed": open?.recovery.reframes ?? Number.NaN,
      "starts of the agent before the exit": 1,
    },
    outcome: "exit 6 that names the count and the knob; a person's next start tries again",
  });
});

it("a run killed again and again in one script gives up, and says so", async ({ task }) => {
  const most = 5;
  const env = { AGENT_MAX_INTERRUPTIONS: String(most) };
  const scene = scriptScene();
  for (let kills = 1; kills <= most; kills += 1) {
    const started = scene.start(RUN_SCRIPT, { env: { ...env, GATE: scene.path("gate") } });
    await until(
      () => scene.ledger().length === kills,
      () => `try ${kills} of the script:\n${started.stderr()}`,
    );
    started.child.kill("SIGKILL");
    await started.ended;
  }
  const given = await scene.exits(6, RUN_SCRIPT, { env: { ...env, GATE: scene.path("gate") } });
  expect(given.stderr).toContain(
    `work was interrupted ${most} times without new model output (AGENT_MAX_INTERRUPTIONS).`,
  );
  const run = openRunDirectory(join(scene.runs, "loop-default"));
  expect(fold(run.events).open?.recovery).toMatchObject({ interruptions: most, script_retries: 0 });
  scene.write({ gate: "" });
  await scene.exits(0, RUN_SCRIPT, { env: { ...env, GATE: scene.path("gate") } });
  const keys = scene.ledger().map((line) => line.split(" ")[0]);
  expect(scene.ledger().map((line) => line.split(" ")[1])).toEqual(["0", ...Array<string>(most).fill("1")]);
  expect(new Set(keys).size).toBe(1);
  recordFault(task, {
    promise: [1, 3],
    fault: "a run is killed again and again in one script",
    how: `SIGKILL of the runner once its script is at work; AGENT_MAX_INTERRUPTIONS ${most}`,
    injected: most,
    found: {
      "tries of the script before the exit": run.ofType("attempt.started").length,
      "of its own retries used": fold(run.events).open?.recovery.script_retries ?? Number.NaN,
      "idempotency keys": new Set(keys).size,
    },
    outcome:
      "exit 6 that names the count and the knob; a person's next start runs it again under the same LONGHAUL_STEP",
  });
});

const RUN_SCRIPT = ["run", "loop", "--cli", "replay"] as const;

/** A script that takes as long as there is no gate. */
function scriptScene(): Scene {
  const scene = createScene();
  scene.write({
    "loop/workflow.yaml": `
name: loop
start: work
nodes:
  - { id: work, type: script, script: work.sh, retry: { times: 2, backoff: 1s }, next: done }
  - { id: done, type: terminal }
`,
    "loop/work.sh": `#!/usr/bin/env bash
echo "$LONGHAUL_STEP \${LONGHAUL_RESUMED:-0}" >> "$LEDGER"
while [ ! -e "$GATE" ]; do sleep 0.05; done
`,
  });
  return scene;
}
