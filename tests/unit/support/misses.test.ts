import { describe, expect, it } from "vitest";
import { misses } from "../../support/old-runs/misses.ts";

const RECORDED = new Set(["The model refused."]);
const lost = (then: unknown, now: unknown) => misses(then, now, RECORDED);

describe("what an old run gave and a new version does not", () => {
  it.each([
    ["a field that is gone", { run: { killed: true } }, { run: {} }, [".run.killed is gone"]],
    ["another value", { steps: 3 }, { steps: "3" }, ['.steps: "3" instead of 3']],
    [
      "null for an object",
      { waiting: { for: "cap" } },
      { waiting: null },
      [".waiting: null instead of an object"],
    ],
    ["an entry less", [1, 2], [1], [": 1 entries instead of 2"]],
    ["an entry more", [1], [1, 2], [": 2 entries instead of 1"]],
    ["a word", { status: "stopped" }, { status: "ended" }, ['.status: "ended" instead of "stopped"']],
    ["a sentence left out", { why: "It was killed." }, { why: "" }, ['.why: "" instead of "It was killed."']],
    ["sentences left out", { lines: ["Keep 1 step."] }, { lines: [] }, [".lines says nothing any more"]],
    [
      "a recorded text",
      { message: "The model refused." },
      { message: "Refused." },
      ['.message: "Refused." instead of "The model refused."'],
    ],
  ])("tells %s", (_name, then, now, told) => {
    expect(lost(then, now)).toEqual(told);
  });

  it("lets new fields be, and the command word its own sentences anew", () => {
    const then = { lines: ["Keep 1 step.", "Go on."], why: "It was killed." };
    expect(lost(then, { lines: ["One step is kept."], why: "Its process is gone.", news: 1 })).toEqual([]);
  });
});
