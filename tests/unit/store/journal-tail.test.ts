import { appendFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { EventBody } from "../../../src/core/event.ts";
import { readJournal, JOURNAL_START } from "../../../src/store/journal-reader.ts";
import { positionBeforeSteps } from "../../../src/store/journal-tail.ts";
import { runLayout } from "../../../src/store/layout.ts";
import { startRun, temporaryDirectory } from "./run-fixture.ts";

const stepStarted = (step: number, note: string): EventBody => ({
  type: "step.started",
  step,
  node: "plan",
  node_type: "agent",
  visit: step,
  reads: [],
  missing: [],
  task: { prompt: note, args: {} },
});

/** About three mebibytes of steps. The prompts look like the text that is searched for. */
async function longRun(steps: number): Promise<string> {
  const runDir = temporaryDirectory();
  const run = startRun({ runDir });
  const note = `"type":"step.started" ${"x".repeat(30_000)}`;
  for (let step = 1; step <= steps; step += 1) await run.append(stepStarted(step, note));
  return runDir;
}

function stepsFrom(runDir: string, count: number): readonly number[] {
  const found: number[] = [];
  readJournal({
    runDir,
    from: positionBeforeSteps(runDir, count),
    visit: (event) => {
      if (event.type === "step.started") found.push(event.step);
    },
  });
  return found;
}

describe("the last steps of a journal", () => {
  it.each([1, 2, 30])("%d of them are found from its end", async (count) => {
    const runDir = await longRun(100);
    const steps = stepsFrom(runDir, count);
    expect(steps).toEqual(Array.from({ length: count }, (_, index) => 101 - count + index));
  });

  it("are searched in ever larger windows, and then from the start", async () => {
    const runDir = await longRun(100);
    expect(stepsFrom(runDir, 60).at(-60)).toBe(41);
    expect(positionBeforeSteps(runDir, 101)).toBe(JOURNAL_START);
  });

  it("are found before a line that was cut off", async () => {
    const runDir = await longRun(60);
    appendFileSync(runLayout(runDir).journal, '{"seq":62,"ba');
    expect(stepsFrom(runDir, 3)).toEqual([58, 59, 60]);
  });
});
