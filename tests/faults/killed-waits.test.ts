import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { recordFault } from "../support/fault-matrix.ts";
import { createScene, type Scene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { fold } from "../support/scripted-run.ts";
import { until } from "../support/until.ts";
import { wholeLines } from "../support/whole-lines.ts";

const BOOT_ID = resolve(import.meta.dirname, "../support/boot-id.mjs");
const RUN = ["run", "wait", "--cli", "replay"] as const;
const TRANSIENT = "class: transient, reason: server_error, message: Overloaded.";
const LONG = { AGENT_INVOKE_BACKOFF_BASE_S: "7200", AGENT_INVOKE_BACKOFF_CAP_S: "7200" };

it.for([
  { wait: "cap", failure: "class: cap, reason: weekly, resets_in: 3h", env: {}, announced: 0 },
  { wait: "backoff", failure: TRANSIENT, env: LONG, announced: 0 },
  { wait: "park", failure: TRANSIENT, env: { ...LONG, AGENT_RETRY_WAIT_BUDGET_S: "0" }, announced: 1 },
])(
  "$wait: the machine reboots in the wait, three times",
  async ({ wait, failure, env, announced }, { task }) => {
    const scene = waitScene(failure);
    const told = scene.path("told");
    const knobs = { ...env, AGENT_NOTIFY_CMD: `cat >> ${told}` };
    const deadlines: unknown[] = [];
    for (const boot of ["boot-1", "boot-2", "boot-3"]) {
      const options = { nodeArgs: ["--import", BOOT_ID], env: { ...knobs, BOOT_ID: boot } };
      const started = scene.start(RUN, options);
      await until(
        () => holdersOf(scene).includes(boot) && (announced === 0 || isTold(told)),
        () => `a wait under ${boot}:\n${started.stderr()}`,
      );
      started.child.kill("SIGKILL");
      await started.ended;
      deadlines.push(waitOf(scene).until);
    }
    const run = openRunDirectory(join(scene.runs, "wait-default"));
    expect(new Set(deadlines).size).toBe(1);
    expect(waitOf(scene).for).toBe(wait);
    expect(run.ofType("wait.started")).toHaveLength(1);
    expect(run.ofType("attempt.started")).toHaveLength(1);
    const lines = wholeLines(told);
    expect(lines.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual(
      Array.from({ length: announced }, () => "parked"),
    );
    await scene.exits(0, [...RUN, "--no-wait"], { env: knobs });
    expect(openRunDirectory(run.dir).ofType("attempt.started")).toHaveLength(2);
    recordFault(task, {
      promise: 3,
      fault: `the machine reboots in a ${wait === "cap" ? "wait for a cap" : wait}`,
      how: "SIGKILL of the runner, and a start with another boot id",
      injected: 3,
      found: {
        "deadlines moved": new Set(deadlines).size - 1,
        "announced again": lines.length - announced,
        "attempts in the wait": run.ofType("attempt.started").length - 1,
      },
      outcome: "the same wait to the same moment, then the next attempt",
    });
  },
);

it("a run killed again and again in one wait keeps it, and is not given up", async ({ task }) => {
  const kills = 10;
  const env = { ...LONG, AGENT_MAX_INTERRUPTIONS: "3" };
  const scene = waitScene(TRANSIENT);
  const deadlines: unknown[] = [];
  for (let number = 1; number <= kills; number += 1) {
    const boot = `boot-${number}-`;
    const started = scene.start(RUN, { nodeArgs: ["--import", BOOT_ID], env: { ...env, BOOT_ID: boot } });
    await until(
      () => holdersOf(scene).includes(boot),
      () => `start ${number} in the wait:\n${started.stderr()}`,
    );
    started.child.kill("SIGKILL");
    await started.ended;
    deadlines.push(waitOf(scene).until);
  }
  const run = openRunDirectory(join(scene.runs, "wait-default"));
  const { open } = fold(run.events);
  expect(new Set(deadlines).size).toBe(1);
  expect(open?.recovery).toMatchObject({ interruptions: 0, invoke_retries: 1, parks: 0, reframes: 0 });
  expect(run.ofType("wait.started")).toHaveLength(1);
  await scene.exits(0, [...RUN, "--no-wait"], { env });
  const after = openRunDirectory(run.dir);
  expect(after.ofType("attempt.started")).toHaveLength(2);
  expect(after.ofType("wait.finished")).toMatchObject([{ how: "look" }]);
  recordFault(task, {
    promise: 3,
    fault: "a run is killed again and again in one wait",
    how: "SIGKILL of the runner once it waits; AGENT_MAX_INTERRUPTIONS 3",
    injected: run.ofType("run.resumed").length + 1,
    found: {
      "waits begun": run.ofType("wait.started").length,
      "deadlines moved": new Set(deadlines).size - 1,
      "interruptions counted": open?.recovery.interruptions ?? Number.NaN,
      "attempts in the wait": run.ofType("attempt.started").length - 1,
    },
    outcome: "the same wait to the same moment; nobody's patience is used up",
  });
});

function waitScene(failure: string): Scene {
  const scene = createScene();
  scene.write({
    "wait/workflow.yaml": `
name: wait
start: ask
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: answer }], next: done }
  - { id: done, type: terminal }
`,
    "wait/ask.md": "What?\n",
    "wait/replay.yaml": `ask:\n  - - failure: { ${failure} }\n    - output: { answer: 42 }\n`,
  });
  return scene;
}

const journalOf = (scene: Scene) => join(scene.runs, "wait-default", "journal.jsonl");

/** The boots under which the run has been seen waiting. */
function holdersOf(scene: Scene): readonly string[] {
  if (!existsSync(journalOf(scene))) return [];
  const text = readFileSync(journalOf(scene), "utf8");
  if (!text.includes('"wait.started"')) return [];
  return [...text.matchAll(/"boot_id":"([^"]+)"/g)].map(([, boot]) => boot ?? "");
}

function waitOf(scene: Scene) {
  const { open } = fold(openRunDirectory(join(scene.runs, "wait-default")).events);
  if (open?.phase.kind !== "waiting") throw new Error("The run does not wait.");
  return open.phase.wait;
}

const isTold = (file: string): boolean => wholeLines(file).length > 0;
