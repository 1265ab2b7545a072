import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LeaseLost } from "../../../src/core/ports.ts";
import {
  gist,
  readAll,
  resumeRun,
  runResumed,
  startRun,
  temporaryDirectory,
  warning,
} from "./run-fixture.ts";

const newRunDir = () => join(temporaryDirectory(), "demo-default");
const journalOf = (runDir: string) => join(runDir, "journal.jsonl");

test("a resumed run writes with the next lease", async () => {
  const run = startRun({ runDir: newRunDir() });
  const resumed = resumeRun({ runDir: run.runDir });
  await resumed.append(runResumed(run.runDir));
  expect(readAll(run.runDir).events.map(({ seq, lease }) => [seq, lease])).toEqual([
    [1, 1],
    [2, 2],
  ]);
});

test("a writer that lost its lease writes nothing more", async () => {
  const frozen = startRun({ runDir: newRunDir() });
  const taker = resumeRun({ runDir: frozen.runDir });
  await taker.append(runResumed(frozen.runDir));
  await expect(frozen.append(warning("from the past"))).rejects.toThrow(LeaseLost);
  await taker.append(warning("goes on"));
  expect(readAll(frozen.runDir).events.map(gist)).toEqual(["run.started", "run.resumed", "goes on"]);
});

test("two holders of the same lease: the second one stops", async () => {
  const { runDir } = startRun({ runDir: newRunDir() });
  const left = resumeRun({ runDir });
  const right = resumeRun({ runDir });
  await left.append(runResumed(runDir));
  await expect(right.append(runResumed(runDir))).rejects.toThrow(LeaseLost);
});

test("an older holder's late line does not count and stops nobody", async () => {
  const frozen = startRun({ runDir: newRunDir() });
  const taker = resumeRun({ runDir: frozen.runDir });
  await taker.append(runResumed(frozen.runDir));
  const slipped = await lineOfLease1(frozen.runDir);
  appendFileSync(journalOf(frozen.runDir), slipped);
  await taker.append(warning("after"));

  const { events, end } = readAll(frozen.runDir);
  expect(events.map(gist)).toEqual(["run.started", "run.resumed", "after"]);
  expect(end).toEqual({ ...taker.journal.position(), torn: null });
});

/** A line that a journal has really written, with lease 1 and seq 2. */
async function lineOfLease1(like: string): Promise<Buffer> {
  const other = startRun({ runDir: `${like}-other` });
  const from = other.journal.position().offset;
  await other.append(warning("from the past"));
  return readFileSync(journalOf(other.runDir)).subarray(from);
}

test("garbage from another writer stops this one", async () => {
  const run = startRun({ runDir: newRunDir() });
  appendFileSync(journalOf(run.runDir), "not a line\n");
  await expect(run.append(warning("x"))).rejects.toThrow(LeaseLost);
});

test("a holder frozen between its check of the lock and its write learns of the loss before it acts", async () => {
  let looks = 0;
  // The lock is held at the check before the write, and taken over during the write.
  const run = startRun({ runDir: newRunDir(), stillHeld: () => (looks += 1) === 1 });
  await expect(run.append(warning("an intent"))).rejects.toThrow(LeaseLost);
  await expect(run.append(warning("another"))).rejects.toThrow(LeaseLost);
});
