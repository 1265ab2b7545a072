import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { EventBody } from "../../../src/core/event.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { FileSystem } from "../../../src/store/file-system.ts";
import { nodeFileSystem, systemFiles } from "../../../src/store/files.ts";
import { reportStorageFailures } from "../../../src/store/storage-failure.ts";
import { runLayout } from "../../../src/store/layout.ts";
import { readSnapshot } from "../../../src/store/snapshot.ts";
import { createViews } from "../../../src/store/views.ts";
import { treeOf } from "../../support/run-directory.ts";
import { failingFiles } from "../../support/failing-files.ts";
import { AT, readAll, runStarted, stateOf, warning } from "./run-fixture.ts";
import { agentStep, stepStarted, type Viewed, viewedRun } from "./view-fixture.ts";

describe("run.json", () => {
  test("has no exit code while the run can continue by itself, and one at the end", async () => {
    const run = viewedRun();
    await run.record(
      { status: { kind: "interrupted", why: "signal" } },
      {
        type: "run.interrupted",
        why: "signal",
        message: "stopped",
      },
    );
    await run.views.flush();
    expect(run.json("run.json")).toMatchObject({ status: "interrupted", exit_code: null, ended_at: null });
    await run.record(
      { status: { kind: "finished", exit_code: 8, outcome: "terminal", node: "done" }, context: { a: 1 } },
      { type: "run.finished", outcome: "terminal", node: "done", exit_code: 8 },
    );
    await run.views.flush();
    expect(run.json("run.json")).toMatchObject({
      format: 1,
      status: "finished",
      exit_code: 8,
      terminal: "done",
      ended_at: AT,
      workflow: { name: "demo", path: "/flows/demo", hash: "h1" },
    });
    expect(run.json("context.json")).toEqual({ a: 1 });
    expect(readSnapshot({ runDir: run.runDir })?.state.status).toMatchObject({ kind: "finished" });
  });

  test.each([
    ["an exit code", { kind: "stopped", exit_code: 5, why: "limit" }, 2],
    ["what an earlier process left", { kind: "running" }, 2],
  ] as const)("is synced to disk for %s", async (_, status, syncs) => {
    const synced: string[] = [];
    const run = viewedRun(recordingSyncs(synced));
    await run.record({ status }, runStarted("/x"));
    await run.views.flush();
    expect(synced).toEqual([join(run.runDir, "run.json.tmp"), run.runDir].slice(0, syncs));
  });

  test("is not synced while nothing about its exit code changes", async () => {
    const synced: string[] = [];
    const run = viewedRun(recordingSyncs(synced));
    await run.record({}, runStarted("/x"));
    await run.views.flush();
    await run.record({}, stepStarted(1, "plan"));
    await run.views.flush();
    expect(synced).toHaveLength(2);
    expect(run.json("run.json")).toMatchObject({ status: "running" });
  });
});

describe("a view that cannot be written", () => {
  test("is reported once, and the others are written", async () => {
    const run = viewedRun();
    writeFileSync(join(run.runDir, "steps", "000001-plan"), "in the way");
    await run.record({}, ...agentStep);
    await run.record({}, stepStarted(2, "fix", { task: { prompt: "Fix.", args: {} } }));
    await run.views.flush();
    expect(run.problems).toEqual([
      expect.stringMatching(/^Could not write files of a step: .*EEXIST|ENOTDIR/),
    ]);
    expect(run.text("fix/prompt.md")).toBe("Fix.");
    expect(run.json("run.json")).toMatchObject({ status: "running" });
  });

  test("never harms the run and is written at its end, whichever file operation fails", async () => {
    const finished: EventBody = { type: "run.finished", outcome: "terminal", node: "done", exit_code: 0 };
    const sound = viewedRun();
    await endedRun(sound, finished);
    let failAt = 0;
    for (let failed: string | undefined = "first"; failed !== undefined;) {
      failAt += 1;
      const failing = failingFiles(failAt, "ENOSPC");
      const run = viewedRun(failing.files);
      await endedRun(run, finished);
      failed = failing.failed();
      expect(run.problems).toHaveLength(failed === undefined ? 0 : 1);
      expect(readAll(run.runDir).events).toHaveLength(6);
      expect({ failed, files: filesOf(run) }).toEqual({ failed, files: filesOf(sound) });
    }
    expect(failAt).toBeGreaterThan(30);
  });
});

test("no snapshot is taken while the disk refuses a view", async () => {
  const full = { now: true };
  const run = viewedRun(refusing("output.json", full));
  const state = { context: { a: 1 } };
  const warned: EventBody = { type: "warning", code: "c", message: "m".repeat(300_000) };
  await run.record(state, ...agentStep, warned);
  await run.views.flush();
  expect(readSnapshot({ runDir: run.runDir })).toBeUndefined();
  full.now = false;
  await run.record(state, warned, warned);
  await run.views.flush();
  expect(run.json("plan/output.json")).toMatchObject({ values: { plan: { tasks: 3 } } });
  expect(readSnapshot({ runDir: run.runDir })?.position).toEqual(run.journal.position());
  expect(run.problems).toEqual([
    `Could not write files of a step: Cannot use ${run.runDir}/steps/000001-plan/output.json.tmp: no space left on the device (ENOSPC). The journal has what it would show.`,
  ]);
});

describe("rewrite", () => {
  test("writes files that a kill prevented and leaves existing ones alone", async () => {
    const run = viewedRun();
    const context = { topic: "moss", plan: { tasks: 3 } };
    const events = await run.record({ context }, ...agentStep);
    await run.views.flush();
    const before = statSync(join(run.runDir, "plan/prompt.md")).mtimeMs;
    for (const left of ["plan/output.json", "plan/context_after.json", "run.json"])
      rmSync(join(run.runDir, left));
    rmSync(join(run.runDir, "plan"));

    const next = createViews({
      runDir: run.runDir,
      position: () => run.journal.position(),
      onProblem: (message) => run.problems.push(message),
      stillHeld: () => true,
      replayTail: () => undefined,
    });
    for (const event of events) next.rewrite(event, stateOf({ seq: event.seq, context }));
    await next.flush();
    expect(run.json("plan/output.json")).toMatchObject({ values: { plan: { tasks: 3 } } });
    expect(run.json("plan/context_after.json")).toEqual(context);
    expect(existsSync(join(run.runDir, "run.json"))).toBe(true);
    expect(statSync(join(run.runDir, "plan/prompt.md")).mtimeMs).toBe(before);
    expect(run.problems).toEqual([]);
  });
});

test("a holder that lost the run writes no more views, not even queued ones", async () => {
  let held = true;
  const run = viewedRun(systemFiles, () => held);
  await run.record({}, runStarted("/x"));
  await run.views.flush();
  await run.record({}, stepStarted(1, "plan"));
  await run.record({ status: { kind: "stopped", exit_code: 6, why: "stale" } }, ...agentStep);
  const before = readFileSync(join(run.runDir, "run.json")); // includes what a slow disk had time to write
  held = false;
  await run.views.flush();
  expect(readFileSync(join(run.runDir, "run.json"))).toEqual(before);
  expect(existsSync(join(run.runDir, "steps", "000001-plan", "output.json"))).toBe(false);
});

test("views are written while the loop waits, without a flush", async () => {
  const run = viewedRun();
  await run.record({}, ...agentStep);
  await expect
    .poll(() => existsSync(join(run.runDir, "plan", "output.json")), { timeout: 20_000 })
    .toBe(true);
});

test("other events are handled between two batches, such as the end of a process", async () => {
  const run = viewedRun();
  const nodes = Array.from({ length: 20 }, (_, index) => `step-${index}`);
  for (const [index, node] of nodes.entries())
    await run.record({}, stepStarted(index + 1, node, { task: { prompt: "Do.", args: {} } }));
  const layout = runLayout(run.runDir);
  const written = () =>
    nodes.filter((node, index) => existsSync(join(layout.stepDir(index + 1, node), "prompt.md"))).length;
  let before = written();
  while (before < nodes.length) {
    await nextTurn();
    expect(written() - before).toBeLessThanOrEqual(1);
    before = written();
  }
});

test("snapshots follow the growth of the journal", async () => {
  const run = viewedRun();
  const message = "m".repeat(1000);
  const warned = (): EventBody => ({ type: "warning", code: "c", message });
  await run.record({}, ...Array.from({ length: 200 }, warned));
  await run.views.flush();
  expect(readSnapshot({ runDir: run.runDir })).toBeUndefined();
  await run.record({}, ...Array.from({ length: 200 }, warned));
  await run.views.flush();
  expect(readSnapshot({ runDir: run.runDir })?.position).toEqual(run.journal.position());
  await run.record({}, warned());
  await run.views.flush();
  expect(readSnapshot({ runDir: run.runDir })?.position.seq).toBe(401);
});

test("snapshots of a large context are rarer, but a resume never reads more journal than a quarter of it", async () => {
  const run = viewedRun();
  const values = Array.from({ length: 400 }, (_, index) => [`value_${index}`, "v".repeat(10_000)]);
  const context: JsonObject = Object.fromEntries(values);
  const grow = async (lines: number) => {
    await run.record({ context }, ...Array.from({ length: lines }, () => warning("m".repeat(1000))));
    await run.views.flush();
    return readSnapshot({ runDir: run.runDir })?.position.seq;
  };
  const first = await grow(400);
  expect(first).toBe(run.journal.position().seq);
  expect(await grow(700)).toBe(first);
  expect(await grow(300)).toBe(run.journal.position().seq);
});

async function endedRun(run: Viewed, finished: EventBody): Promise<void> {
  await run.record({}, ...agentStep);
  await run.record({}, finished);
  await run.views.flush();
}

/** All but the snapshot, which is for speed. */
const filesOf = ({ runDir }: Viewed): readonly string[] =>
  Object.keys(treeOf(runDir)).filter((name) => !name.startsWith("checkpoint.json"));

/** A disk that refuses files of one name while it is full. */
function refusing(name: string, full: { readonly now: boolean }): FileSystem {
  const refused = (path: string) => full.now && path.endsWith(`${name}.tmp`);
  return reportStorageFailures({
    ...nodeFileSystem,
    open: (path, mode) => {
      if (refused(path)) throw Object.assign(new Error("made to fail"), { code: "ENOSPC" });
      return nodeFileSystem.open(path, mode);
    },
  });
}

function recordingSyncs(synced: string[]): FileSystem {
  return {
    ...systemFiles,
    open: (path, mode) => {
      const file = systemFiles.open(path, mode);
      return {
        ...file,
        sync: () => {
          synced.push(path);
          file.sync();
        },
      };
    },
  };
}
