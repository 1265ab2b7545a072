import { expect, test } from "vitest";
import { recordedReminder } from "../../../src/cli/wait-reminder.ts";
import type { EventBody } from "../../../src/core/event.ts";
import type { RunState } from "../../../src/core/run-state.ts";
import { reduce } from "../../../src/engine/reduce/reduce-run.ts";
import { AT, stateOf } from "../store/run-fixture.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const timeOf = (ms: number): string => new Date(Date.parse(AT) + ms).toISOString();

/** How step 1 comes to wait for an hour. */
const BEGINNING: readonly EventBody[] = [
  { type: "step.started", step: 1, node: "ask", node_type: "agent", visit: 1, reads: [], missing: [] },
  {
    type: "wait.started",
    step: 1,
    for: "cap",
    until: timeOf(HOUR_MS),
    planned_ms: HOUR_MS,
    why: "weekly cap",
    next: { mode: "task" },
  },
];

const after = (state: RunState, body: EventBody, ms: number): RunState =>
  reduce(state, { seq: state.seq + 1, lease: 1, at: timeOf(ms), ...body });

/** What a reader says of an hour of ticks. */
function reminders(tickMs: number, everyMs: number): readonly string[] {
  let state = BEGINNING.reduce((before, body) => after(before, body, 0), stateOf());
  const lines: string[] = [];
  for (let slept_ms = tickMs; slept_ms < HOUR_MS; slept_ms += tickMs) {
    const next = after(state, { type: "wait.ticked", step: 1, slept_ms }, slept_ms);
    const line = recordedReminder(state, next, { at: timeOf(slept_ms), everyMs });
    if (line !== undefined) lines.push(line.replace(/, until .*/u, ""));
    state = next;
  }
  return lines;
}

const TWICE = ["#1 still waiting (cap), 40m 00s left", "#1 still waiting (cap), 20m 00s left"];

test.each([
  ["ten minutes", 10 * MINUTE_MS],
  ["a minute, as older versions wrote them", MINUTE_MS],
])("ticks of %s are told of when a period is over", (_, tickMs) => {
  expect(reminders(tickMs, 20 * MINUTE_MS)).toEqual(TWICE);
  expect(reminders(tickMs, HOUR_MS)).toEqual([]);
  expect(reminders(tickMs, 0)).toEqual([]);
});

test("no tick is told of twice where periods are shorter than ticks", () => {
  expect(reminders(20 * MINUTE_MS, 1000)).toEqual(TWICE);
});
