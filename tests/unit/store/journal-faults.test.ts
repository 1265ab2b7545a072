import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { JournalEvent, StampedEvent } from "../../../src/core/event.ts";
import { StorageFailure } from "../../../src/core/ports.ts";
import type { FileSystem } from "../../../src/store/file-system.ts";
import { systemFiles } from "../../../src/store/files.ts";
import { createJournal, openJournal } from "../../../src/store/journal.ts";
import { readJournal } from "../../../src/store/journal-reader.ts";
import { failingFiles, FAULTS } from "../../support/failing-files.ts";
import {
  AT,
  gist,
  readAll,
  resumeRun,
  runResumed,
  runStarted,
  stamp,
  temporaryDirectory,
  warning,
} from "./run-fixture.ts";

const LARGE = "x".repeat(70_000);

const batches: readonly (readonly StampedEvent[])[] = [
  stamp([warning("two"), warning("three")], 1, 1),
  [
    {
      seq: 4,
      lease: 1,
      at: AT,
      type: "attempt.finished",
      step: 1,
      attempt: 1,
      source: "script",
      session: null,
      duration_ms: 1,
      outputs: { large: LARGE },
    },
  ],
  stamp([warning("five")], 4, 1),
];

/** Starts a run and appends until the disk refuses; returns what was acknowledged and how it ended. */
async function writeRun(runDir: string, files: FileSystem) {
  const acknowledged: JournalEvent[] = [];
  const first = stamp([runStarted(runDir)], 0, 1);
  try {
    const { journal, events } = createJournal({ runDir, first, stillHeld: () => true, files });
    acknowledged.push(...events);
    for (const batch of batches) acknowledged.push(...(await journal.append(batch)));
    journal.close();
    return { acknowledged, error: undefined };
  } catch (error) {
    return { acknowledged, error };
  }
}

describe.each(FAULTS)("every file operation fails once with %s", (fault) => {
  test("what was acknowledged is kept, nothing is corrupt, and the run resumes", async () => {
    const total = await operationsOfAnUndisturbedRun();
    const endings = new Set<string>();
    for (let failAt = 1; failAt <= total; failAt += 1) {
      const runDir = join(temporaryDirectory(), "demo-default");
      const { acknowledged, error } = await writeRun(runDir, failingFiles(failAt, fault).files);
      endings.add(error === undefined ? "went on" : nameOf(error));
      expect(await eventsAfterResume(runDir)).toEqual(expect.arrayContaining([...acknowledged]));
    }
    // A later write may complete a short one; every other fault is reported.
    expect(endings).toEqual(new Set(fault === "short" ? ["StorageFailure", "went on"] : ["StorageFailure"]));
  });
});

const nameOf = (error: unknown): string =>
  error instanceof StorageFailure ? "StorageFailure" : String(error);

async function operationsOfAnUndisturbedRun(): Promise<number> {
  const runDir = join(temporaryDirectory(), "demo-default");
  const { files, count } = failingFiles(0, "EIO");
  const { error } = await writeRun(runDir, files);
  expect(error).toBeUndefined();
  return count();
}

/** Takes the run over with a sound disk and returns the earlier events; none when no journal was made. */
async function eventsAfterResume(runDir: string): Promise<readonly JournalEvent[]> {
  if (!existsSync(join(runDir, "journal.jsonl"))) return [];
  const resumed = resumeRun({ runDir });
  await resumed.append(runResumed(runDir));
  const { events, end } = readAll(runDir);
  expect(end.torn).toBeNull();
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)?.type).toBe("run.resumed");
  return events.slice(0, -1);
}

test("a short append is cut back, so the next one continues after the last durable event", async () => {
  const runDir = join(temporaryDirectory(), "demo-default");
  const first = stamp([runStarted(runDir)], 0, 1);
  createJournal({ runDir, first, stillHeld: () => true }).journal.close();
  const sizeBefore = statSync(join(runDir, "journal.jsonl")).size;

  const { end } = readAll(runDir);
  const fullDisk = fullDiskFiles();
  const journal = openJournal({ runDir, end, stillHeld: () => true, files: fullDisk.files });
  await expect(journal.append(stamp([warning("lost")], 1, 2))).rejects.toThrow(
    "journal.jsonl: only 40 of 127 bytes were written. Free space there, then start the same command again",
  );
  expect(statSync(join(runDir, "journal.jsonl")).size).toBe(sizeBefore);
  fullDisk.free();
  await journal.append(stamp([warning("kept")], 1, 2));
  expect(readAll(runDir).events.map(gist)).toEqual(["run.started", "kept"]);
});

test("after a failed fdatasync the journal is never written again", async () => {
  const runDir = join(temporaryDirectory(), "demo-default");
  const first = stamp([runStarted(runDir)], 0, 1);
  let fails = true;
  const syncFails: FileSystem = {
    ...systemFiles,
    open: (path, mode) => ({
      ...systemFiles.open(path, mode),
      ...(mode === "append" && fails && { syncData: () => Promise.reject(new Error("EIO: made to fail")) }),
    }),
  };
  const { journal } = createJournal({ runDir, first, stillHeld: () => true, files: syncFails });
  await expect(journal.append(stamp([warning("a")], 1, 1))).rejects.toThrow("could not be made durable");
  const bytes = readFileSync(join(runDir, "journal.jsonl"));
  fails = false;
  await expect(journal.append(stamp([warning("a")], 1, 1))).rejects.toThrow(StorageFailure);
  expect(readFileSync(join(runDir, "journal.jsonl"))).toEqual(bytes);
});

test("reading reports a refusing disk with file, advice and cause", () => {
  const runDir = join(temporaryDirectory(), "demo-default");
  createJournal({ runDir, first: stamp([runStarted(runDir)], 0, 1), stillHeld: () => true }).journal.close();
  const { files } = failingFiles(1, "EMFILE");
  expect(() => readJournal({ runDir, visit: () => undefined, files })).toThrow(
    expect.objectContaining({
      name: "StorageFailure",
      message: `Cannot use ${runDir}/journal.jsonl: this process has too many files open (EMFILE). Raise the limit (ulimit -n), then start the same command again; the run goes on where it was.`,
      cause: expect.objectContaining({ code: "EMFILE" }),
    }),
  );
});

/** Accepts 40 bytes of each write until space is freed. */
function fullDiskFiles() {
  let full = true;
  const open: FileSystem["open"] = (path, mode) => {
    const file = systemFiles.open(path, mode);
    let free = 40;
    const write = (bytes: Uint8Array): number => {
      const taken = full ? file.write(bytes.subarray(0, Math.min(free, bytes.length))) : file.write(bytes);
      free -= taken;
      return taken;
    };
    return { ...file, write };
  };
  return { files: { ...systemFiles, open }, free: () => void (full = false) };
}
