import { describe, expect, test } from "vitest";
import type { Failure } from "../../../src/core/failure.ts";
import { turnModeSchema, type NextTurn } from "../../../src/core/vocabulary.ts";
import { type AskedOutput, buildPrompt, outputContract } from "../../../src/recovery/reframe.ts";

const complaint: Failure = { class: "answer", reason: "missing_key", message: 'The key "plan" is missing.' };
const outputs: readonly AskedOutput[] = [
  {
    key: "plan",
    schema: {
      type: "object",
      properties: {
        status: { enum: ["ok", "blocked"] },
        tasks: { type: "array" },
        count: { type: "integer" },
      },
    },
  },
  { key: "note", optional: true },
];
const longTask = `BEGIN ${"word ".repeat(4000)}END`;

const prompt = (
  turn: NextTurn,
  rest: { task?: string; complaint?: Failure | null; outputs?: readonly AskedOutput[] } = {},
) => buildPrompt({ turn, task: "Plan the work.", outputs, complaint, timeoutMs: 5_400_000, ...rest });

const turns: readonly NextTurn[] = [
  ...turnModeSchema.options
    .filter((mode) => mode !== "reframe" && mode !== "compact")
    .map((mode) => ({ mode })),
  ...[1, 2, 3, 4].map((level) => ({ mode: "reframe" as const, level })),
];

describe("the prompt of a turn", () => {
  test.each(turns)("$mode $level repeats the output contract, once and at the end", (turn) => {
    const text = prompt(turn);
    const contract = outputContract(outputs);
    expect(text.endsWith(contract)).toBe(true);
    expect(text.split(contract)).toHaveLength(2);
  });

  test.each(turns)("$mode $level asks for no JSON if the node declares no outputs", (turn) => {
    const text = prompt(turn, { outputs: [] });
    expect(text).not.toContain("JSON");
    expect(text).not.toBe("");
  });

  test.each(["correct", "continue", "notice", "resend"] as const)("%s quotes what was wrong", (mode) => {
    expect(prompt({ mode })).toContain('The key "plan" is missing.');
    expect(prompt({ mode }, { complaint: null })).not.toContain("wrong");
  });

  test.each(turns.filter(({ mode }) => mode === "task" || mode === "reframe"))(
    "$mode $level asks afresh and says nothing of earlier answers",
    (turn) => {
      expect(prompt(turn)).not.toContain('The key "plan" is missing.');
      expect(prompt(turn)).toContain("Plan the work.");
    },
  );

  test("continue, correct and notice do not send the task again", () => {
    for (const mode of ["continue", "correct", "notice"] as const)
      expect(prompt({ mode })).not.toContain("Plan the work.");
  });

  test("notice names the time of a turn", () => {
    expect(prompt({ mode: "notice" })).toContain("1h 30m");
  });

  test("consists of the task and the contract, word for word", () => {
    expect(prompt({ mode: "task" }, { outputs: [{ key: "plan" }] })).toBe(
      [
        "Plan the work.",
        "",
        "When you are done, end your final message with exactly one JSON object in a ```json code block.",
        "It must have this key:",
        '- "plan"',
      ].join("\n"),
    );
  });
});

describe("a reframe", () => {
  test("asks for less at each level, and keeps both ends of a long task", () => {
    const lengths = [1, 2, 3].map((level) => prompt({ mode: "reframe", level }, { task: longTask }).length);
    expect(lengths).toEqual([...lengths].sort((left, right) => right - left));
    for (const level of [1, 2, 3]) {
      const text = prompt({ mode: "reframe", level }, { task: longTask });
      expect(text).toContain("BEGIN");
      expect(text).toContain("END");
    }
  });

  test("gives a form to fill in from the second level on", () => {
    const form = ['"plan": {', '"status": "ok | blocked"', '"tasks": [', '"count": 0', '"note": "..."'];
    for (const line of form) {
      expect(prompt({ mode: "reframe", level: 1 })).not.toContain(line);
      expect(prompt({ mode: "reframe", level: 2 })).toContain(line);
      expect(prompt({ mode: "reframe", level: 3 })).toContain(line);
    }
  });

  test("stays at the simplest form when more levels are allowed", () => {
    expect(prompt({ mode: "reframe", level: 9 })).toBe(prompt({ mode: "reframe", level: 3 }));
  });

  test("never cuts a character in half", () => {
    const text = prompt({ mode: "reframe", level: 3 }, { task: "\u{1F980}".repeat(5000) });
    expect(Buffer.from(text).toString()).toBe(text);
  });
});
