import { describe, expect, test } from "vitest";
import { checkCursor } from "../../../src/start/check-place.ts";
import { answer } from "../../support/scripted-ports.ts";
import { graphOf, scriptedRun, settingsOf } from "../../support/scripted-run.ts";

const agent = {
  id: "work",
  type: "agent",
  prompt: "work.md",
  outputs: [{ key: "done" }],
  next: "end",
} as const;
const end = { id: "end", type: "terminal" } as const;

describe("an open step whose node now has another type", () => {
  test("is refused with the way out", async () => {
    const run = scriptedRun({
      settings: settingsOf({ nodes: [agent, end] }),
      outcomes: [answer],
      abortAt: new Set([1]),
    });
    await run.start({});
    const state = [...run.live.values()].find(({ open }) => open !== null);
    if (state === undefined) throw new Error("no step was open");
    const edited = graphOf({ nodes: [{ id: "work", type: "script", script: "work.sh", next: "end" }, end] });
    expect(() => checkCursor(state, edited)).toThrow(/began as agent, but in .* it is script now/);
  });
});
