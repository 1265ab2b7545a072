import { expect, test } from "vitest";
import type { StampedEvent } from "../../../src/core/event.ts";
import type { Failure } from "../../../src/core/failure.ts";
import { announcements } from "../../../src/start/announce.ts";
import { answer, failing, type Outcome } from "../../support/scripted-ports.ts";
import { fold, scriptedRun, type SceneSketch, settingsOf } from "../../support/scripted-run.ts";

const MIB = 1024 * 1024;
const scene: SceneSketch = {
  nodes: [
    { id: "warm_up", type: "agent", prompt: "w.md", next: "work" },
    { id: "work", type: "agent", prompt: "p.md", next: "done" },
    { id: "done", type: "terminal" },
  ],
  environment: { AGENT_RETRY_WAIT_BUDGET_S: "0" },
};
const outage: Failure = { class: "transient", reason: "server_error", message: "Overloaded." };
const login: Failure = { class: "auth", reason: "rejected", message: "Not logged in." };
const garbage: Failure = { class: "answer", reason: "no_json", message: "No JSON." };

/** What a listener would have announced: each park judged by the state in which it began. */
const told = (events: readonly StampedEvent[]): readonly unknown[] =>
  events.flatMap((event, index) => {
    if (event.type !== "wait.started") return [];
    const said = announcements([{ ...event, batch: event.seq }], fold(events.slice(0, index + 1)));
    return said.map(({ kind }) => `${kind} ${event.cause ?? event.why.split(".")[0]}`);
  });

async function parksOf(outcomes: readonly Outcome[], fullAt: ReadonlySet<number> = new Set()) {
  let looks = 0;
  const settings = settingsOf(scene);
  const freeDisk = () => [{ path: "/runs", freeBytes: fullAt.has(looks++) ? 0 : 9000 * MIB }];
  const run = scriptedRun({ settings, outcomes: [answer, ...outcomes], freeDisk });
  expect((await run.start()).status).toMatchObject({ kind: "finished", exit_code: 0 });
  return run.events();
}

test.each<[string, readonly Failure[], readonly string[]]>([
  ["one outage", [outage, outage, outage], ["parked Overloaded"]],
  [
    "a login lost in an outage",
    [outage, login, outage, login],
    ["parked Overloaded", "parked Not logged in"],
  ],
  [
    "two outages with an answer between",
    [outage, garbage, outage],
    ["parked Overloaded", "parked Overloaded"],
  ],
])("%s is announced once per reason", async (_, failures, expected) => {
  expect(told(await parksOf(failures.map(failing)))).toEqual(expected);
});

test("a full disk and an outage in one step are both announced, and the disk does not lengthen the outage's retry intervals", async () => {
  const plain = await parksOf([failing(outage), failing(outage)]);
  // The readings are taken before each action; these are those before the first turn of `work`.
  const both = await parksOf([failing(outage), failing(outage)], new Set([4, 5, 6]));
  expect(told(both)).toEqual(["parked disk", "parked Overloaded"]);
  expect(outages(both)).toEqual(outages(plain));
});

const outages = (events: readonly StampedEvent[]) =>
  events.flatMap((event) => (event.type === "wait.started" && !event.cause ? [event.planned_ms] : []));
