import { join } from "node:path";
import { expect, it } from "vitest";
import { createScene, type Scene } from "../support/longhaul.ts";
import { openRunDirectory } from "../support/run-directory.ts";
import { startInTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const SIGTERM = 15;
const RUN = ["run", "day", "--cli", "replay"] as const;
const EVERY_SECOND = { AGENT_CAP_TICK_S: "1" };
const REMINDER = /#1 still waiting \(cap\), .* left, until /gu;

/** Its one step meets a cap that is lifted in five hours. */
function cappedScene(): Scene {
  const scene = createScene();
  scene.write({
    "day/workflow.yaml": `
name: day
start: ask
nodes:
  - { id: ask, type: agent, prompt: ask.md, outputs: [{ key: answer }], next: done }
  - { id: done, type: terminal }
`,
    "day/ask.md": "What?\n",
    "day/replay.yaml": "ask: [[{ failure: { class: cap, reason: weekly, resets_in: 5h } }]]\n",
  });
  return scene;
}

const remindersIn = (text: string): number => text.match(REMINDER)?.length ?? 0;
const ticksOf = (scene: Scene) =>
  openRunDirectory(join(scene.runs, "day-default"))
    .events.map(({ type }) => type)
    .filter((type) => type === "wait.ticked" || type === "run.interrupted");

it("a run says every AGENT_CAP_TICK_S that it waits, and writes it down once, when it is stopped", async () => {
  const scene = cappedScene();
  const started = scene.start(RUN, { env: EVERY_SECOND });
  await until(
    () => remindersIn(started.stderr()) >= 3,
    () => `three reminders:\n${started.stderr()}`,
  );
  started.child.kill("SIGTERM");
  expect((await started.ended).code).toBe(75);
  expect(ticksOf(scene)).toEqual(["wait.ticked", "run.interrupted"]);
  const logs = async (everyS: string) =>
    remindersIn(
      (await scene.exits(0, ["logs", "day-default"], { env: { AGENT_CAP_TICK_S: everyS } })).stdout,
    );
  expect([await logs("1"), await logs("600"), await logs("0")]).toEqual([1, 0, 0]);
});

it("a run that is told to be silent about its waits is", async () => {
  const scene = cappedScene();
  const [silent, quiet] = [
    scene.start(RUN, { env: { AGENT_CAP_TICK_S: "0" } }),
    scene.start([...RUN, "--quiet", "--run-id", "quiet"], { env: EVERY_SECOND }),
  ];
  const talking = scene.start([...RUN, "--run-id", "talking"], { env: EVERY_SECOND });
  await silent.said("(cap) until");
  await until(
    () => remindersIn(talking.stderr()) >= 3,
    () => `three reminders:\n${talking.stderr()}`,
  );
  expect([remindersIn(silent.stderr()), remindersIn(quiet.stderr())]).toEqual([0, 0]);
});

it("on a terminal the reminders stay above the countdown", async () => {
  const scene = cappedScene();
  const started = startInTerminal(scene, RUN, { columns: 300, env: EVERY_SECOND });
  const lines = await started.shows(
    /^\d\d:\d\d:\d\d {2}#1 still waiting \(cap\), /u,
    /^ {2}waits \(cap\) .* left, until /u,
  );
  expect(lines.findIndex((line) => line.includes("still waiting"))).toBeLessThan(
    lines.findIndex((line) => line.startsWith("  waits (cap)")),
  );
  started.signal(SIGTERM);
  expect(await started.ended).toBe(75);
});
