import { describe, expect, it } from "vitest";
import type { JournalEvent } from "../../../src/core/event.ts";
import { killFigures, killMoment, takeoverMs } from "../../support/killed-runs.ts";

/** Events with the fields that the measuring looks at. */
const event = (fields: Readonly<Record<string, unknown>>): JournalEvent =>
  ({ at: "2026-03-02T06:00:00.000Z", ...fields }) as never;
const began = (step: number) => event({ type: "step.started", step, node_type: "script" });
const tried = (step: number) => event({ type: "attempt.started", step });
const ended = (step: number) => event({ type: "step.finished", step });

const SOUND = [began(1), tried(1), ended(1), began(2), tried(2)];
const KILL = killMoment({ events: SOUND, eventsBefore: 0, ledger: ["u/1", "u/2"] });

describe("what a kill met", () => {
  it.each([
    { events: SOUND, before: 0, where: "in a step of type script", cut: 2 },
    { events: SOUND, before: 5, where: "before the run was taken over", cut: 2 },
    { events: [began(1), ended(1)], before: 0, where: "between two steps", cut: undefined },
    { events: [ended(1), event({ type: "run.finished" })], before: 0, where: "after the end was recorded" },
  ])("is said: $where", ({ events, before, where, cut }) => {
    expect(killMoment({ events, eventsBefore: before, ledger: [] })).toMatchObject({ where, cut });
  });
});

describe("the figures of a killed run", () => {
  it.each([
    { what: "nothing wrong", after: [tried(2), ended(2)], ledger: ["u/1", "u/2", "u/2"], figures: [0, 0, 0] },
    {
      what: "the cut step thrice",
      after: [ended(2)],
      ledger: ["u/1", "u/2", "u/2", "u/2"],
      figures: [0, 0, 1],
    },
    { what: "a finished step begun again", after: [tried(1)], ledger: ["u/1", "u/2"], figures: [0, 1, 0] },
    {
      what: "a finished step started again",
      after: [ended(2)],
      ledger: ["u/1", "u/1", "u/2"],
      figures: [0, 1, 1],
    },
  ])("tell of $what", ({ after, ledger, figures: [lost, again, doubled] }) => {
    const figures = killFigures({ kills: [KILL], events: [...SOUND, ...after], ledger });
    expect(figures).toEqual({ lost, again, doubled });
  });

  it("tell of a finished step that is gone", () => {
    const events = [began(1), tried(1), ended(2)];
    expect(killFigures({ kills: [KILL], events, ledger: ["1 work 0"] })).toMatchObject({ lost: 1 });
  });

  it("tell how long a takeover took, and nothing when there was none", () => {
    const events = [event({ type: "run.resumed" })];
    const atMs = Date.parse("2026-03-02T06:00:00.000Z");
    expect(takeoverMs(events, atMs - 250)).toBe(250);
    expect(takeoverMs(events, atMs + 1)).toBeUndefined();
    expect(takeoverMs([], atMs)).toBeUndefined();
  });
});
