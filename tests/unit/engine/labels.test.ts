import { expect, test } from "vitest";
import { announcements } from "../../../src/start/announce.ts";
import { fold, scriptedRun, settingsOf } from "../../support/scripted-run.ts";

test("labels are rendered before each step, are on each of its lines, and never stop a run", async () => {
  const settings = settingsOf({
    vars: { story: { id: 7 } },
    labels: {
      story: "{{ story.id }}",
      visit: "  round\n {{ visits.work }} ",
      none: "{{ nothing }}",
      bad: "{{ story.id | no_such_filter }}",
      long: "{% for n in range(0, 300) %}x{% endfor %}",
    },
    nodes: [
      { id: "work", type: "agent", prompt: "p.md", max_visits: 2, on_max_visits: "done", next: "work" },
      { id: "done", type: "terminal" },
    ],
  });
  const run = scriptedRun({ settings });
  const state = await run.start();
  expect(state.status).toMatchObject({ kind: "finished", exit_code: 0 });
  const long = expect.stringMatching(/^x{200}$/);
  expect(run.events().map(({ type, labels }) => [type, labels])).toEqual([
    ["run.started", undefined],
    ["step.started", { story: "7", visit: "round 1", long }],
    ["attempt.started", { story: "7", visit: "round 1", long }],
    ["attempt.finished", { story: "7", visit: "round 1", long }],
    ["step.finished", { story: "7", visit: "round 1", long }],
    ["step.started", { story: "7", visit: "round 2", long }],
    ["attempt.started", { story: "7", visit: "round 2", long }],
    ["attempt.finished", { story: "7", visit: "round 2", long }],
    ["step.finished", { story: "7", visit: "round 2", long }],
    ["visits.exhausted", { story: "7", visit: "round 2", long }],
    ["run.finished", { story: "7", visit: "round 2", long }],
  ]);
  const written = run.events().map((event) => ({ ...event, batch: 1 }));
  expect(announcements(written, fold(run.events()))).toMatchObject([
    { kind: "finished", labels: { story: "7", visit: "round 2" } },
  ]);
});

test("a workflow without its former labels puts none on its next steps", async () => {
  const nodes = [
    { id: "one", type: "agent", prompt: "p.md", next: "two" },
    { id: "two", type: "agent", prompt: "p.md", next: "done" },
    { id: "done", type: "terminal" },
  ] as const;
  const run = scriptedRun({
    settings: settingsOf({ nodes, labels: { part: "a" } }),
    abortAt: new Set([1]),
  });
  expect((await run.start()).labels).toEqual({ part: "a" });
  expect(run.events().at(-1)).toMatchObject({ labels: { part: "a" } });
  await run.start({
    settings: settingsOf({ nodes: nodes.slice(1), labels: {} }),
    move: { kind: "at", node: "two" },
  });
  expect(run.events().at(-1)).not.toHaveProperty("labels");
});
