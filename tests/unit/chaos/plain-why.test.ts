import { expect, it } from "vitest";
import { type FailedPlace, plainWhy } from "../../../src/chaos/plain-why.ts";
import type { Failure } from "../../../src/core/failure.ts";

const SCRIPT: FailedPlace = { node: "count", visit: 2, attempts: 3, script: ".longhaul-chaos/count.sh" };
const AGENT: FailedPlace = { ...SCRIPT, script: null };
const ofScript = (reason: "exit_code" | "timeout", message: string): Failure => ({
  class: "script",
  reason,
  message,
});
const UNANSWERED: Failure = {
  class: "config",
  reason: "replay",
  signal: "replay.missing",
  message: "/case/calm.yaml has no answer for node count, visit 2, attempt 3.",
};
const REFUSED: Failure = { class: "auth", reason: "no_login", message: "Not logged in." };

it.each([
  {
    what: "a script by what it is",
    failure: ofScript("exit_code", ".longhaul-chaos/count.sh exited with code 1"),
    place: SCRIPT,
    says: "count failed: its script exited with code 1",
  },
  {
    what: "no time that chaos has made up",
    failure: ofScript("timeout", ".longhaul-chaos/count.sh was stopped after its timeout of 1.5 s"),
    place: SCRIPT,
    says: "count failed: its script was stopped after its timeout",
  },
  {
    what: "no file of answers that chaos has written",
    failure: UNANSWERED,
    place: AGENT,
    says: "count failed: The replayed answers have none for node count, visit 2, attempt 3.",
  },
  { what: "anything else as it is", failure: REFUSED, place: AGENT, says: "count failed: Not logged in." },
])("names $what", ({ failure, place, says }) => {
  expect(plainWhy({ why: `count failed: ${failure.message}`, failure, place })).toBe(says);
});

it("leaves alone what is about no failure", () => {
  const why = "The limit steps=65 leaves no room.";
  expect(plainWhy({ why, failure: undefined, place: SCRIPT })).toBe(why);
});
