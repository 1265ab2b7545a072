import { beforeAll, describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../../src/core/json.ts";
import { extractAnswer } from "../../../src/recovery/answer.ts";
import type { AnswerTools } from "../../../src/recovery/answer-tools.ts";
import { loadAnswerTools, validateValue } from "../../../src/recovery/answer-tools.ts";

let tools: AnswerTools;
beforeAll(async () => {
  tools = await loadAnswerTools();
});

const PLAN = [{ key: "plan", schema: { type: "string" } }, { key: "risk" }];

const extract = (
  text: string,
  { structured, outputs = PLAN }: { structured?: Json; outputs?: Parameters<AnswerTools["compile"]>[0] } = {},
) => extractAnswer({ text, structured, outputs: tools.compile(outputs), tools });

const both = (plan: string): JsonObject => ({ plan, risk: 1 });

describe("where the answer is found", () => {
  test.each<[string, string, Json | undefined, JsonObject, "agent" | "repaired"]>([
    [
      "the CLI's structured answer comes first",
      '```json\n{"plan":"no","risk":1}\n```',
      both("yes"),
      both("yes"),
      "agent",
    ],
    ["one without all keys is passed over", '{"plan":"yes","risk":1}', { plan: "no" }, both("yes"), "agent"],
    [
      "the last fenced block with all keys",
      '```json\n{"plan":"a","risk":1}\n```\nBetter:\n```\n{"plan":"b","risk":1}\n```\n```json\n{"plan":"c"}\n```',
      undefined,
      both("b"),
      "agent",
    ],
    [
      "a fenced block in another language is no candidate",
      '```json\n{"plan":"a","risk":1}\n```\n```js\n{"plan":"b","risk":1}\n```',
      undefined,
      both("a"),
      "agent",
    ],
    ["a fence that was never closed", 'So:\n```json\n{"plan":"a","risk":1}', undefined, both("a"), "agent"],
    [
      "an object among prose, braces in strings and all",
      'I {think}: {"plan":"a } b","risk":1} is right.',
      undefined,
      both("a } b"),
      "agent",
    ],
    [
      "the last object with all keys, not one inside it",
      '{"plan":"x","risk":1} {"plan":"a","risk":1,"more":{"plan":"z","risk":2}}',
      undefined,
      both("a"),
      "agent",
    ],
    [
      "a brace in prose that never closes",
      'Use { here. {"plan":"a","risk":1}',
      undefined,
      both("a"),
      "agent",
    ],
    [
      "small faults are repaired",
      "```json\n{plan: 'a', \"risk\": 1,}\n```",
      undefined,
      both("a"),
      "repaired",
    ],
  ])("%s", (_name, text, structured, outputs, source) => {
    expect(extract(text, structured === undefined ? {} : { structured })).toEqual({ outputs, source });
  });

  test("undeclared keys are dropped", () => {
    expect(extract('{"plan":"a","risk":1,"chatter":true}')).toEqual({
      outputs: { plan: "a", risk: 1 },
      source: "agent",
    });
  });

  test("an optional key may be missing", () => {
    const outputs = [{ key: "plan" }, { key: "note", optional: true }];
    expect(extract('{"plan":"a"}', { outputs })).toEqual({ outputs: { plan: "a" }, source: "agent" });
  });

  test("without declared outputs any text is an answer", () => {
    expect(extract("Done.", { outputs: [] })).toEqual({ outputs: {}, source: "agent" });
  });

  test("a hundred unclosed braces do not hide the answer", () => {
    expect(extract(`${"if (x) { ".repeat(100)}{"plan":"a","risk":1}`)).toHaveProperty("source", "agent");
  });

  test("an answer of opening braces only is given up", () => {
    expect(extract("{ ".repeat(1_000_000))).toHaveProperty("failure.reason", "no_json");
  });
});

describe("why no answer is found", () => {
  test.each([
    ["empty", "  \n", "empty", "The answer is empty."],
    ["words only", "I am done.", "no_json", "The answer has no JSON object with the keys `plan`, `risk`."],
    [
      "a key is missing",
      '{"plan":"a"}',
      "missing_key",
      "The JSON object in the answer lacks `risk`; it has `plan`.",
    ],
    [
      "half an answer is not mended into a whole one",
      '{"risk": 1, "plan": "first we ta',
      "no_json",
      "The answer has no JSON object with the keys `plan`, `risk`.",
    ],
    ["the schema", '{"plan":7,"risk":1}', "schema", "`plan` does not match its schema: plan must be string."],
    [
      "a depth that would exhaust the stack",
      `{"plan":"p","risk":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
      "schema",
      "`risk` is nested too deeply.",
    ],
  ])("%s", (_name, text, reason, message) => {
    expect(extract(text)).toEqual({
      failure: { class: "answer", reason, signal: `answer.${reason}`, message },
    });
  });

  test("every schema violation is named with its place", () => {
    const schema = { type: "object", required: ["status"], properties: { tasks: { type: "array" } } };
    const result = extract('{"plan":{"tasks":1}}', { outputs: [{ key: "plan", schema }] });
    expect(result).toMatchObject({
      failure: {
        message:
          "`plan` does not match its schema: plan must have required property 'status'; plan/tasks must be array.",
      },
    });
  });
});

test("a schema of an older draft is accepted", async () => {
  const schema = { $schema: "http://json-schema.org/draft-07/schema#", type: "integer" };
  expect(await validateValue(schema, 3)).toBeUndefined();
  expect(await validateValue(schema, "3")).toBe("value must be integer");
});
