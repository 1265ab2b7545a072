import { expect, test } from "vitest";
import { statusCommand } from "../../../src/cli/status-command.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { calls, memoryTerminal } from "../../support/in-process.ts";
import { cleanEnvironment, createScene } from "../../support/longhaul.ts";
import { shortWalk } from "../../support/walk-workflow.ts";

const nothing = async () => undefined;

test("status --watch says a thing once where there is no terminal", async () => {
  const scene = createScene();
  scene.write(shortWalk("walk"));
  const runs = async (id: string) => void (await calls(scene, 0, ["run", "walk", "--run-id", id]));
  const betweenLooks = [nothing, nothing, () => runs("two"), nothing];
  const printed = { stdout: "", stderr: "" };
  const pictures: number[] = [];
  const sleep = async () => {
    pictures.push(printed.stdout.match(/^RUN /gmu)?.length ?? 0);
    const happens = betweenLooks.shift();
    if (happens === undefined) throw new Error("seen enough");
    await happens();
  };
  await runs("one");
  const terminal = memoryTerminal(printed, cleanEnvironment(scene));
  const watching = statusCommand(undefined, { watch: true }, terminal, { ...systemClock, sleep });
  await expect(watching).rejects.toThrow("seen enough");
  expect(pictures).toEqual([1, 1, 1, 2, 2]);
  expect(printed.stdout).toMatch(/^walk-two {2}finished/mu);
});
