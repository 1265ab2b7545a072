import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventType, StampedEvent } from "../../../src/core/event.ts";
import type { Failure, FailureClass } from "../../../src/core/failure.ts";
import type { OpenStep, RunState } from "../../../src/core/run-state.ts";
import { environments, failureOf, outcomes as anyOutcomes } from "../../support/generated-runs.ts";
import { answer, failing, type Outcome } from "../../support/scripted-ports.ts";
import { fold, scriptedRun, type SceneSketch, settingsOf } from "../../support/scripted-run.ts";

const ENDING: readonly FailureClass[] = ["answer", "timeout", "overflow"];
const ENVIRONMENT: readonly FailureClass[] = ["transient", "cap", "auth", "config"];

/** One step that answers first, so that the environment is known to work; then the step under test. */
const scene: SceneSketch = {
  nodes: [
    { id: "warm_up", type: "agent", prompt: "w.md", next: "work" },
    { id: "work", type: "agent", prompt: "p.md", outputs: [{ key: "plan", default: "given" }], next: "done" },
    { id: "done", type: "terminal" },
  ],
};

const some = (classes: readonly FailureClass[]) =>
  fc
    .constantFrom(...classes)
    .chain(failureOf)
    .map(failing);
const sessions = fc.record(
  { sessionId: fc.constant("s-1"), promptStored: fc.boolean() },
  { requiredKeys: [] },
);
const told = (end: fc.Arbitrary<Outcome>) =>
  fc.tuple(sessions, end).map(([around, outcome]): Outcome => ({ ...around, ...outcome }));

const ofType = <T extends EventType>(events: readonly StampedEvent[], type: T) =>
  events.filter((event): event is Extract<StampedEvent, { type: T }> => event.type === type);

async function finish(outcomes: readonly Outcome[], sketch: Partial<SceneSketch> = {}) {
  const run = scriptedRun({ settings: settingsOf({ ...scene, ...sketch }), outcomes: [answer, ...outcomes] });
  const state = await run.start();
  return { run, state, events: run.events() };
}

describe("a failure class that can exhaust the ladder", () => {
  const failureLike: Record<string, Failure> = {
    answer: { class: "answer", reason: "no_json", message: "There is no JSON in it." },
    timeout: { class: "timeout", reason: "turn_clock", message: "Too long." },
    overflow: { class: "overflow", reason: "context", message: "The context is full." },
  };

  test.each([
    [
      "answer",
      [
        "task",
        "correct",
        "correct",
        "reframe 1",
        "correct",
        "correct",
        "reframe 2",
        "correct",
        "correct",
        "reframe 3",
        "correct",
        "correct",
      ],
    ],
    ["timeout", ["task", "notice", "reframe 1", "reframe 2", "reframe 3"]],
    ["overflow", ["task", "compact", "resend", "compact", "resend", "reframe 1", "reframe 2", "reframe 3"]],
  ])("%s climbs rung by rung", async (name, rungs) => {
    const failure = failureLike[name];
    if (failure === undefined) throw new Error(`No failure like ${name}.`);
    const asked: string[] = [];
    const settings = settingsOf(scene);
    const run = scriptedRun({ settings, outcomes: [answer] });
    // Compactions succeed, turns fail.
    for (const rung of rungs) run.script(rung === "compact" ? answer : failing(failure));
    await run.start();
    for (const event of run.events()) {
      if (event.type === "compact.started") asked.push("compact");
      if (event.type === "attempt.started") asked.push([event.mode, event.level].filter(Boolean).join(" "));
    }
    expect(asked.slice(1)).toEqual(rungs);
    expect(ofType(run.events(), "step.finished").at(-1)).toMatchObject({ defaulted: ["plan"], failure });
  });

  test.each(ENDING)("%s alone ends with the author's default", async (name) => {
    const backends = fc.record({
      canCompact: fc.boolean(),
      canChooseSessionId: fc.boolean(),
      canProbe: fc.boolean(),
    });
    const failure = failureOf(name).map(failing);
    // The second kind is a CLI that never tells its session.
    const endless = fc
      .oneof(told(failure), failure)
      .chain((one) => fc.constant(Array<Outcome>(40).fill(one)));
    await fc.assert(
      fc.asyncProperty(endless, environments, backends, async (failures, environment, backend) => {
        const { state } = await finish(failures, {
          environment: { ...environment, AGENT_USE_DEFAULT_OUTPUTS: "true" },
          backend,
        });
        expect(state.status).toMatchObject({ kind: "finished", exit_code: 8 });
        expect(state.sources["plan"]).toEqual({ source: "default", tainted_by: [] });
      }),
    );
  });

  test("any mixture of them ends with labelled values", async () => {
    const mixtures = fc.array(told(some(ENDING)), { minLength: 60, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(mixtures, async (failures) => {
        const { state, events } = await finish(failures);
        expect(state.status).toMatchObject({ kind: "finished", exit_code: 8 });
        expect(state.defaulted).toEqual([{ step: 2, node: "work", keys: ["plan"] }]);
        expect(ofType(events, "step.finished").at(-1)).toMatchObject({
          defaulted: ["plan"],
          outputs: { plan: "given" },
        });
      }),
    );
  });

  test("a script's failures end after its own retries", async () => {
    const { state, events } = await finish(
      Array.from({ length: 40 }, () =>
        failing({ class: "script", reason: "exit_code", message: "It failed." }),
      ),
      {
        nodes: [
          { id: "warm_up", type: "agent", prompt: "w.md", next: "work" },
          { id: "work", type: "script", script: "s.sh", retry: { times: 3, backoff: "1s" }, next: "done" },
          { id: "done", type: "terminal" },
        ],
      },
    );
    expect(state.status).toMatchObject({ kind: "stopped", exit_code: 6, why: "work failed: It failed." });
    expect(ofType(events, "attempt.failed")).toHaveLength(4);
  });
});

/** What the ladder did about the work itself, without what the environment cost. */
function climbed(state: RunState, events: readonly StampedEvent[]) {
  const open = lastOpen(events);
  const { output_retries, reframes, timeouts, compactions } = open.recovery;
  const finished = ofType(events, "step.finished").at(-1);
  const { outputs, sources, defaulted, failure } = finished ?? {};
  return {
    status: state.status.kind,
    output_retries,
    reframes,
    timeouts,
    compactions,
    outputs,
    sources,
    defaulted,
    failure,
  };
}

function lastOpen(events: readonly StampedEvent[]): OpenStep {
  const end = events.findLastIndex((event) => event.type === "step.finished" || event.type === "run.stopped");
  const { open } = fold(events.slice(0, end));
  if (open === null) throw new Error("The last step was open before it ended.");
  return open;
}

/** A script of outcomes, and the same with others strewn in. */
const strewn = (others: fc.Arbitrary<Outcome>) =>
  fc.array(fc.tuple(told(some(ENDING)), fc.array(others, { maxLength: 3 })), { minLength: 1, maxLength: 30 });

describe("the environment's failures", () => {
  test("never reach reframe or default by themselves", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(told(some([...ENVIRONMENT, "session_lost"])), { maxLength: 40 }),
        environments,
        async (failures, environment) => {
          const { state, events } = await finish(failures, { environment });
          expect(state.status).toMatchObject({ kind: "finished", exit_code: 0 });
          expect(state.sources["plan"]).toEqual({ source: "agent", tainted_by: [] });
          const modes = ofType(events, "attempt.started").map((event) => event.mode);
          expect(modes.filter((mode) => mode !== "task" && mode !== "continue")).toEqual([]);
        },
      ),
    );
  });

  test("use no rung, wherever they occur between answers", async () => {
    await fc.assert(
      fc.asyncProperty(strewn(told(some(ENVIRONMENT))), async (script) => {
        const plain = await finish(script.map(([work]) => work));
        const disturbed = await finish(script.flatMap(([work, others]) => [...others, work]));
        expect(climbed(disturbed.state, disturbed.events)).toEqual(climbed(plain.state, plain.events));
      }),
    );
  });

  test("cause a wait before the next turn, except before a free retry", async () => {
    const failures = fc.array(told(some(ENVIRONMENT)), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(failures, async (script) => {
        const { events } = await finish(script);
        const failed = ofType(events, "attempt.failed");
        const free = failed.filter(
          ({ failure }) => failure.class === "auth" && failure.login_changed === true,
        );
        const waits = ofType(events, "wait.started");
        expect(waits.length).toBeGreaterThanOrEqual(failed.length - free.length);
        expect(failed.length - waits.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("an interruption", () => {
  const interruption = told(fc.record({ kind: fc.constant("cut" as const), progressed: fc.constant(true) }));

  test("uses no rung, wherever it occurs", async () => {
    await fc.assert(
      fc.asyncProperty(strewn(interruption), async (script) => {
        const plain = await finish(script.map(([work]) => work));
        const disturbed = await finish(script.flatMap(([work, others]) => [...others, work]));
        expect(climbed(disturbed.state, disturbed.events)).toEqual(climbed(plain.state, plain.events));
      }),
    );
  });

  test("changes only its own counter", async () => {
    await fc.assert(
      fc.asyncProperty(anyOutcomes, async (script) => {
        const { events } = await finish(script);
        for (const [index, event] of events.entries()) {
          if (event.type !== "attempt.interrupted") continue;
          const before = fold(events.slice(0, index)).open?.recovery;
          const after = fold(events.slice(0, index + 1)).open?.recovery;
          const interruptions = event.progressed ? 0 : (before?.interruptions ?? 0) + 1;
          expect(after).toEqual({ ...before, interruptions });
        }
      }),
    );
  });
});
