import { expect, test } from "vitest";
import type { Failure } from "../../../src/core/failure.ts";
import { answer, failing, type Outcome } from "../../support/scripted-ports.ts";
import { fold, scriptedRun, settingsOf } from "../../support/scripted-run.ts";

const noJson: Failure = { class: "answer", reason: "no_json", message: "No JSON." };
const outage: Failure = { class: "transient", reason: "server_error", message: "Overloaded." };
const login: Failure = { class: "auth", reason: "rejected", message: "Not logged in." };
const stored = (failure: Failure): Outcome => ({ ...failing(failure), sessionId: "s-1", promptStored: true });

const AGENT = {
  id: "work",
  type: "agent",
  prompt: "p.md",
  outputs: [{ key: "x", default: 0 }],
  next: "done",
} as const;
const DONE = { id: "done", type: "terminal" } as const;

test("only the usage of the last three turns is kept", async () => {
  const costs = [1, 2, 3, 4, 5];
  const settings = settingsOf({
    nodes: [
      ...costs.map((cost) => ({ ...AGENT, id: `a${cost}`, next: cost === 5 ? "done" : `a${cost + 1}` })),
      DONE,
    ],
  });
  const outcomes = costs.map((cost_usd): Outcome => ({
    kind: "answer",
    outputs: { x: 1 },
    usage: { cost_usd },
  }));
  const state = await scriptedRun({ settings, outcomes }).start();
  expect(state.recent_usage).toEqual([{ cost_usd: 3 }, { cost_usd: 4 }, { cost_usd: 5 }]);
});

test("a fresh session has neither the prompt nor the complaint of the previous one", async () => {
  const settings = settingsOf({ nodes: [AGENT, DONE], environment: { AGENT_MAX_OUTPUT_RETRIES: "0" } });
  const run = scriptedRun({ settings, outcomes: [stored(noJson), answer] });
  await run.start();
  const events = run.events();
  const after = (type: string, which: number) => {
    const at = events.map((event, index) => (event.type === type ? index : -1)).filter((index) => index >= 0)[
      which
    ];
    return fold(events.slice(0, (at ?? 0) + 1)).open;
  };
  expect(after("attempt.failed", 0)).toMatchObject({ prompt_stored: true, complaint: noJson });
  expect(events.filter(({ type }) => type === "attempt.started")[1]).toMatchObject({
    mode: "reframe",
    session: { fresh: true },
  });
  expect(after("attempt.started", 1)).toMatchObject({ prompt_stored: false, complaint: null });
});

test("any answer, even an unusable one, resets the wait budget of outages", async () => {
  const settings = settingsOf({ nodes: [AGENT, DONE] });
  const run = scriptedRun({ settings, outcomes: [failing(outage), stored(noJson), answer] });
  await run.start();
  const events = run.events();
  const at = (type: string) => events.findIndex((event) => event.type === type);
  const waited = fold(events.slice(0, at("wait.finished") + 1)).open?.recovery.backoff_waited_ms ?? 0;
  expect(waited).toBeGreaterThan(0);
  const judged = events.findLastIndex(({ type }) => type === "attempt.failed");
  expect(fold(events.slice(0, judged + 1)).open?.recovery.backoff_waited_ms).toBe(0);
});

test.each([
  ["in the first step of a run stops it: there may never have been a login", [AGENT, DONE], "stopped"],
  [
    "in a later step causes a wait, even if no model was asked before",
    [{ id: "choose", type: "branch", path: "way", default: "work" } as const, AGENT, DONE],
    "interrupted",
  ],
])("a missing login %s", async (_, nodes, kind) => {
  const settings = settingsOf({ nodes, noWait: true });
  const state = await scriptedRun({ settings, outcomes: [failing(login)] }).start();
  expect(state.status).toMatchObject(kind === "stopped" ? { kind, exit_code: 3 } : { kind, why: "no_wait" });
});

test("a script with a backoff but no number of retries is tried once", async () => {
  const script = {
    id: "work",
    type: "script",
    script: "s.sh",
    retry: { backoff: "1s" },
    next: "done",
  } as const;
  const failed: Failure = { class: "script", reason: "exit_code", message: "work.sh ended with exit code 1" };
  const run = scriptedRun({
    settings: settingsOf({ nodes: [script, DONE] }),
    outcomes: [failing(failed), answer],
  });
  expect((await run.start()).status).toMatchObject({ kind: "stopped", exit_code: 6 });
  expect(run.effects.map(({ kind }) => kind)).toEqual(["script"]);
});
