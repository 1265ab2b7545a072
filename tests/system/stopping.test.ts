import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { liveSteps } from "../support/live-steps.ts";
import { calls } from "../support/in-process.ts";
import { createScene, type Ended, expectExit, type Scene, type Started } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { until } from "../support/until.ts";

const RUN = ["run", "pause", "--cli", "replay"] as const;
const ONE_HOUR = { AGENT_INVOKE_BACKOFF_BASE_S: "3600", AGENT_INVOKE_BACKOFF_CAP_S: "3600" };

const PAUSE_WORKFLOW = {
  "pause/workflow.yaml": `
name: pause
start: ask
nodes:
  - { id: ask, type: agent, prompt: prompts/ask.md, outputs: [{ key: answer, default: none }], next: hold }
  - { id: hold, type: script, script: scripts/hold.sh, next: done }
  - { id: done, type: terminal }
`,
  "pause/prompts/ask.md": "What is it?\n",
  // Ends when the gate opens; notes each start; its helper sits in a session of its own and ignores SIGTERM.
  "pause/scripts/hold.sh": `#!/usr/bin/env bash
echo "hold \${LONGHAUL_RESUMED:-0}" >> "$LEDGER"
setsid bash -c 'trap "" TERM; while [ ! -e gate ]; do sleep 0.05; done' &
while [ ! -e gate ]; do sleep 0.05; done
`,
};
const ANSWER = "ask: { output: { answer: 42 } }\n";

function pauseScene(replay: string): Scene {
  const scene = createScene();
  scene.write({ ...PAUSE_WORKFLOW, "pause/replay.yaml": replay });
  return scene;
}

const pauseRun = (scene: Scene) => openRunDirectory(join(scene.runs, "pause-default"));
const openGate = (scene: Scene) => {
  const { workspace } = pauseRun(scene).ofType("run.started")[0] ?? { workspace: "no workspace" };
  scene.write({ [`${relative(scene.root, workspace)}/gate`]: "" });
};
const uuidOf = (scene: Scene) => pauseRun(scene).ofType("run.started")[0]?.uuid ?? "no uuid";

async function stop(started: Started, signal: NodeJS.Signals): Promise<Ended> {
  started.child.kill(signal);
  return expectExit(75, await started.ended);
}

it("a second Ctrl-C leaves nothing behind that a first one would end", async () => {
  const scene = pauseScene(ANSWER);
  // Not before it is killed, five seconds after the first signal.
  const stubborn = `trap "" TERM\n${PAUSE_WORKFLOW["pause/scripts/hold.sh"].replace(/^#!.*\n/, "")}`;
  scene.write({ "pause/scripts/hold.sh": `#!/usr/bin/env bash\n${stubborn}` });
  const started = scene.start(RUN);
  await until(() => scene.ledger().length === 1 && liveSteps(uuidOf(scene)).length >= 2, started.stderr);
  started.child.kill("SIGINT");
  const again = setInterval(() => started.child.kill("SIGINT"), 20);
  await started.said("Stopping already");
  clearInterval(again);
  expectExit(75, await started.ended);
  expect(liveSteps(uuidOf(scene))).toEqual([]);
});

describe.each(["SIGTERM", "SIGINT"] as const)("%s", (signal) => {
  it("stops a script with all it has started, and the script runs again, told so", async () => {
    const scene = pauseScene(ANSWER);
    const started = scene.start(RUN);
    await until(() => scene.ledger().length === 1 && liveSteps(uuidOf(scene)).length >= 2, started.stderr);
    const stopped = await stop(started, signal);
    expect(stopped.stderr).toContain("#2 hold: attempt 1 was cut off after at least ");
    expect(liveSteps(uuidOf(scene))).toEqual([]);
    expect(pauseRun(scene).json("run.json")).toMatchObject({ status: "interrupted", exit_code: null });
    openGate(scene);
    await calls(scene, 0, RUN);
    expect(scene.ledger()).toEqual(["hold 0", "hold 1"]);
    expect(pauseRun(scene).ofType("attempt.interrupted")).toMatchObject([{ step: 2, attempt: 1 }]);
  });

  it("stops a turn, which the resume makes again free of charge", async () => {
    const scene = pauseScene("ask: [[{ delay: 1h, output: { answer: 1 } }]]\n");
    const started = scene.start(RUN);
    await started.said("#1 ask (agent) started");
    await stop(started, signal);
    scene.write({ "pause/replay.yaml": ANSWER });
    openGate(scene);
    await calls(scene, 0, RUN);
    expect(
      pauseRun(scene)
        .ofType("attempt.started")
        .map(({ mode }) => mode),
    ).toEqual(["task", "task", "script"]);
    expect(pauseRun(scene).json("context.json")).toMatchObject({ answer: 42 });
  });

  it("stops a start that watches a lock, and the run is as it was", async () => {
    const scene = pauseScene(ANSWER);
    const killed = scene.start(RUN);
    await until(() => scene.ledger().length === 1, killed.stderr);
    killed.child.kill("SIGKILL");
    await killed.ended;
    const record = join(scene.runs, ".longhaul/locks/pause-default/held/holder.json");
    const kept = readFileSync(record, "utf8");
    writeFileSync(record, "");
    const { journal } = pauseRun(scene);
    const started = scene.start(RUN);
    await started.said(
      "Watching for up to 15 s whether an unknown holder, whose record a power cut may have emptied, still holds this run. " +
        "If not, this start resumes it.",
    );
    await stop(started, signal);
    expect(started.stderr()).toContain(
      "Stopped before it was known whether another process holds this run.\n  Nothing was changed; the same command resumes the run.",
    );
    expect(pauseRun(scene).journal).toBe(journal);
    writeFileSync(record, kept);
    openGate(scene);
    await calls(scene, 0, RUN);
  });

  it("stops a wait, which goes on until the same moment after a resume", async () => {
    const scene = pauseScene(
      "ask: [[{ failure: { class: transient, reason: server_error } }, { output: { answer: 42 } }]]\n",
    );
    const started = scene.start(RUN, { env: ONE_HOUR });
    await started.said("waiting");
    await stop(started, signal);
    const planned = pauseRun(scene).json("run.json")["waiting"]?.["until"];
    expect(planned).toBe(pauseRun(scene).ofType("wait.started")[0]?.until);

    const resumed = scene.start(RUN, { env: ONE_HOUR });
    await until(() => pauseRun(scene).text("run.json").includes('"status": "waiting"'), resumed.stderr);
    await stop(resumed, signal);
    expect(pauseRun(scene).json("run.json")["waiting"]?.["until"]).toBe(planned);
    expect(pauseRun(scene).ofType("wait.started")).toHaveLength(1);

    openGate(scene);
    await calls(scene, 0, [...RUN, "--no-wait"], ONE_HOUR);
    expect(pauseRun(scene).ofType("wait.finished")).toMatchObject([{ how: "look" }]);
    expect(pauseRun(scene).json("context.json")).toMatchObject({ answer: 42 });
  });
});

describe("a run that is held", () => {
  it("turns a second start away, naming the holder, and is free at once when the holder is dead", async () => {
    const scene = pauseScene(ANSWER);
    const holder = scene.start(RUN);
    await until(() => existsSync(scene.path("ledger")), holder.stderr);
    const journal = pauseRun(scene).journal;
    const second = await calls(scene, 4, RUN);
    expect(second.stderr).toContain(`pid ${holder.pid}`);
    expect(second.stderr).toContain("boot ");
    expect(pauseRun(scene).journal).toBe(journal);

    holder.child.kill("SIGKILL");
    await holder.ended;
    openGate(scene);
    const next = await calls(scene, 0, RUN);
    expect(next.stderr).not.toContain("Watching");
    expect(scene.ledger()).toEqual(["hold 0", "hold 1"]);
    expect(liveSteps(uuidOf(scene))).toEqual([]);
  });
});
