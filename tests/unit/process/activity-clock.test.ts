import { expect, test } from "vitest";
import { type Activity, type ClockLimits, createActivityClock } from "../../../src/process/activity-clock.ts";

const LIMITS: ClockLimits = {
  firstEventMs: 900,
  idleMs: 1800,
  openToolIdleMs: 5000,
  turnMs: 10_000,
  graceAfterFinalMs: 30,
};
const quiet = { model: false, final: false, openTools: 0 };
const model = { ...quiet, model: true };
const toolOpen = { ...quiet, openTools: 1 };
const final = { ...model, final: true };

type Noted = readonly (readonly [atMs: number, activity: Activity])[];

test.each<readonly [string, Noted, string, number]>([
  ["nothing yet: the first event", [], "first-event", 1900],
  ["noise moves no clock", [[1500, quiet]], "first-event", 1900],
  ["the model spoke: silence", [[1500, model]], "silence", 3300],
  [
    "it spoke again",
    [
      [1500, model],
      [2500, model],
    ],
    "silence",
    4300,
  ],
  [
    "noise after it",
    [
      [1500, model],
      [2500, quiet],
    ],
    "silence",
    3300,
  ],
  [
    "a tool is open: its own limit",
    [
      [1500, model],
      [2000, toolOpen],
    ],
    "silence",
    7000,
  ],
  [
    "the tool closed",
    [
      [1500, toolOpen],
      [6000, quiet],
    ],
    "silence",
    7800,
  ],
  [
    "one of two tools closed",
    [
      [1500, { ...quiet, openTools: 2 }],
      [4000, toolOpen],
    ],
    "silence",
    9000,
  ],
  ["the turn clock comes first", [[10_500, model]], "turn-clock", 11_000],
  [
    "the final event: grace",
    [
      [1500, model],
      [2000, final],
    ],
    "grace",
    2030,
  ],
  [
    "noise after the final event",
    [
      [2000, final],
      [2020, { ...quiet, final: true }],
    ],
    "grace",
    2030,
  ],
  [
    "the turn goes on after all",
    [
      [2000, final],
      [2020, model],
    ],
    "silence",
    3820,
  ],
])("%s", (_name, noted, reason, atMs) => {
  const clock = createActivityClock(LIMITS, 1000);
  for (const [at, activity] of noted) clock.note(activity, at);
  expect(clock.next()).toEqual({ reason, atMs });
});

test("without a limit for open tools only the turn clock runs", () => {
  const clock = createActivityClock({ idleMs: 10, turnMs: 10_000 }, 0);
  clock.note(toolOpen, 5);
  expect(clock.next()).toEqual({ reason: "turn-clock", atMs: 10_000 });
});

test("a script has only the turn clock", () => {
  const clock = createActivityClock({ turnMs: 500 }, 0);
  expect(clock.next()).toEqual({ reason: "turn-clock", atMs: 500 });
  expect(clock.lastActivityMs()).toBeUndefined();
});
