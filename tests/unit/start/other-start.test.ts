import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readStoredRun, type StoredRun } from "../../../src/runs/stored-run.ts";
import { UsageError } from "../../../src/core/failure.ts";
import { settingsOf } from "../../support/scripted-run.ts";
import { storedRun } from "../../support/stored-run.ts";

const settings = settingsOf({
  nodes: [
    { id: "one", type: "script", script: "one.sh", next: "end" },
    { id: "end", type: "terminal" },
  ],
});

/** A run that was stopped in its step, and what a start reads of it before it takes the lock. */
async function stoppedRun() {
  const run = storedRun({ settings, outcome: () => undefined });
  await run.start((_effect, stop) => stop());
  const { dir } = run.directory();
  const stored = readStoredRun(dir, { mayBeDamaged: false });
  if (stored === undefined) throw new Error("There is a journal.");
  return { run, dir, stored };
}

const readBefore = (stored: StoredRun, changes: Partial<StoredRun["state"]>): StoredRun => ({
  ...stored,
  version: "another one",
  state: { ...stored.state, ...changes },
});

const CHANGES: readonly (readonly [string, Partial<StoredRun["state"]>])[] = [
  ["another run took its place", { uuid: "00000000-0000-8000-8000-00000000000f" }],
  ["it got another CLI", { cli: "codex" }],
  ["it got another workspace", { workspace: "/elsewhere" }],
];

test.each(CHANGES)("a start is refused when meanwhile %s", async (_name, changes) => {
  const { run, stored } = await stoppedRun();
  const before = run.directory().journal;
  const start = run.start(undefined, { stored: readBefore(stored, changes) });
  await expect(start).rejects.toMatchObject({ name: "UsageError", exitCode: 4 });
  expect(run.directory().journal).toBe(before);
});

test("a start that saw no run is refused when one has begun meanwhile", async () => {
  const { run } = await stoppedRun();
  await expect(run.start(undefined, { stored: undefined })).rejects.toThrow(UsageError);
});

test("a start goes on with what another holder of the same run has written meanwhile", async () => {
  const { run, dir, stored } = await stoppedRun();
  rmSync(join(dir, "checkpoint.json"), { force: true });
  const state = await run.start(undefined, { stored: readBefore(stored, {}) });
  expect(state.status).toMatchObject({ kind: "finished", exit_code: 0 });
});
