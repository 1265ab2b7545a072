import { describe, expect, test } from "vitest";
import { START_MS } from "../../support/scripted-ports.ts";
import { type SceneSketch, scriptedRun, settingsOf } from "../../support/scripted-run.ts";

const MIB = 1024 * 1024;
const scene: SceneSketch = {
  nodes: [
    { id: "work", type: "agent", prompt: "p.md", next: "tidy" },
    { id: "tidy", type: "script", script: "tidy.sh", next: "done" },
    { id: "done", type: "terminal" },
  ],
};
const free = (mib: number) => () => [
  { path: "/runs", freeBytes: 9000 * MIB },
  { path: "/workspace", freeBytes: mib * MIB },
];

describe("below the floor of free disk", () => {
  test("nothing is started until space is free; then the run continues by itself", async () => {
    let calls = 0;
    const run = scriptedRun({
      settings: settingsOf(scene),
      freeDisk: () => free(calls++ < 5 ? 120 : 500)(),
    });
    const state = await run.start();
    expect(state.status).toMatchObject({ kind: "finished", exit_code: 0 });
    expect(run.effects.map(({ kind }) => kind)).toEqual(["wait", "wait", "wait", "turn", "script"]);
    expect(run.events().find(({ type }) => type === "wait.started")).toMatchObject({
      for: "park",
      cause: "disk",
      why: "Only 120 MB of disk are free at /workspace, and nothing is started below 500 MB (AGENT_MIN_FREE_DISK_MB). Free some space; the run then continues by itself.",
      next: { mode: "task" },
    });
    expect(run.clock.now() - START_MS).toBe(3 * 60_000);
    expect(state.totals.attempts).toBe(2);
  });

  test("--no-wait exits at once and checks once per start", async () => {
    let mib = 10;
    const run = scriptedRun({
      settings: settingsOf({ ...scene, noWait: true }),
      freeDisk: () => free(mib)(),
    });
    expect((await run.start()).status).toEqual({ kind: "interrupted", why: "no_wait" });
    expect((await run.start()).status).toEqual({ kind: "interrupted", why: "no_wait" });
    expect(run.effects).toEqual([]);
    mib = 600;
    expect((await run.start()).status).toMatchObject({ kind: "finished" });
  });

  test.each([
    ["0", "finished"],
    ["100", "finished"],
    ["101", "interrupted"],
  ])("the floor is AGENT_MIN_FREE_DISK_MB (%s)", async (floor, status) => {
    const environment = { AGENT_MIN_FREE_DISK_MB: floor };
    const settings = settingsOf({ ...scene, noWait: true, environment });
    expect((await scriptedRun({ settings, freeDisk: free(100) }).start()).status.kind).toBe(status);
  });
});
