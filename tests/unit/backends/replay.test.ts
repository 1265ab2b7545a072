import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UsageError } from "../../../src/core/failure.ts";
import { openReplay } from "../../../src/backends/replay/open-replay.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "longhaul-replay-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const AGENTS = ["plan", "review", "done", "fix"];

const open = (yaml: string) => {
  writeFileSync(join(directory, "replay.yaml"), yaml);
  return openReplay({ workflowDir: directory, from: undefined, agents: AGENTS });
};

async function detailsOf(yaml: string): Promise<readonly string[]> {
  try {
    await open(yaml);
  } catch (error) {
    if (error instanceof UsageError) return error.details.map((line) => line.replace(`${directory}/`, ""));
    throw error;
  }
  return [];
}

const SEVERAL = `
plan:
  - - I do not know.
    - { output: { plan: "b" }, delay: 2s }
  - { failure: { class: cap, reason: session, resets_in: 3s } }
done: { text: "All done." }
`;

describe("answers by node, visit and attempt", () => {
  test.each([
    [1, 1, { kind: "text", text: "I do not know.", delayMs: 0 }],
    [1, 2, { kind: "output", output: { plan: "b" }, delayMs: 2000 }],
    [1, 3, undefined],
    [
      2,
      1,
      {
        kind: "failure",
        failure: { class: "cap", reason: "session", message: "A failure written in replay.yaml." },
        resetsInMs: 3000,
        delayMs: 0,
      },
    ],
    [3, 1, undefined],
  ])("visit %i, attempt %i", async (visit, attempt, expected) => {
    expect((await open(SEVERAL)).answerTo({ node: "plan", visit, attempt })).toEqual(expected);
  });

  test("one answer without a list applies to every visit and attempt", async () => {
    const answers = await open(SEVERAL);
    const expected = { kind: "text", text: "All done.", delayMs: 0 };
    expect(answers.answerTo({ node: "done", visit: 1, attempt: 1 })).toEqual(expected);
    expect(answers.answerTo({ node: "done", visit: 7, attempt: 3 })).toEqual(expected);
    expect(answers.answerTo({ node: "other", visit: 1, attempt: 1 })).toBeUndefined();
  });
});

test("a file of 5 MB is not mistaken for an alias bomb", async () => {
  const text = "x".repeat(5 * 1024 * 1024);
  const answers = await open(`plan: { text: ${text} }\n`);
  expect(answers.answerTo({ node: "plan", visit: 1, attempt: 1 })).toEqual({
    kind: "text",
    text,
    delayMs: 0,
  });
});

describe("a file that cannot be used is refused with the place", () => {
  test.each([
    ["plan: { outputs: { a: 1 } }", "replay.yaml:1:7: plan: "],
    [
      "plan:\n  - { failure: { class: outage, reason: x } }",
      "replay.yaml:2:16: plan.0.failure: is not a failure that Longhaul knows",
    ],
    ["plan: { text: hi, delay: soon }", "replay.yaml:1:26: plan.delay: is not a duration"],
    ["plan: [", "replay.yaml:1:"],
    ["plna: hi", "replay.yaml: the workflow has no agent node `plna`. Did you mean `plan`?"],
  ])("%s", async (yaml, expected) => {
    const details = await detailsOf(yaml);
    expect(details).toHaveLength(1);
    expect(details[0]).toContain(expected);
  });

  test("no file at all", async () => {
    await expect(openReplay({ workflowDir: directory, from: undefined, agents: AGENTS })).rejects.toThrow(
      `There are no answers to replay: ${join(directory, "replay.yaml")} does not exist.`,
    );
  });
});
