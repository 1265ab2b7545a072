import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repairJournal } from "../../../src/store/journal-cut.ts";
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

describe("a torn tail", () => {
  test("at whatever byte the file ends, the events before it are read and the run resumes", async () => {
    const runDir = newRunDir();
    const run = startRun({ runDir });
    await run.append(warning("one"));
    const lastBatchAt = run.journal.position().offset;
    await run.append(warning("two"), warning("three"), warning("vier — ☃"));
    const whole = readFileSync(journalOf(runDir));
    const firstLineEnd = whole.indexOf("\n") + 1;

    for (let size = firstLineEnd; size < whole.length; size += 1) {
      writeFileSync(journalOf(runDir), whole.subarray(0, size));
      const lines = whole.subarray(0, size).toString("latin1").split("\n").length - 1;
      const { events, end } = readAll(runDir);
      expect(events).toHaveLength(lines);
      const atBoundary = whole[size - 1] === 0x0a;
      expect(end.torn === null).toBe(atBoundary);
      expect(readFileSync(journalOf(runDir)).length).toBe(size);

      const resumed = resumeRun({ runDir });
      await resumed.append(runResumed(runDir));
      expect(readAll(runDir).events.map(({ seq }) => seq)).toEqual(
        Array.from({ length: lines + 1 }, (_, index) => index + 1),
      );
      resumed.journal.close();
    }
    expect(lastBatchAt).toBeGreaterThan(firstLineEnd);
  });

  test("inside the first line no run has started: the refusal changes nothing", () => {
    const runDir = newRunDir();
    startRun({ runDir });
    const whole = readFileSync(journalOf(runDir));
    for (let size = 0; size < whole.length; size += 1) {
      writeFileSync(journalOf(runDir), whole.subarray(0, size));
      expect(() => readAll(runDir)).toThrow(/holds no event that can be read/);
      expect(readFileSync(journalOf(runDir))).toEqual(whole.subarray(0, size));
    }
  });

  test("what is cut off is kept beside the journal", async () => {
    const run = startRun({ runDir: newRunDir() });
    const end = run.journal.position().offset;
    appendFileSync(journalOf(run.runDir), '{"seq":2,"ba');
    resumeRun({ runDir: run.runDir });
    expect(readFileSync(`${journalOf(run.runDir)}.cut-${end}`, "utf8")).toBe('{"seq":2,"ba');
    expect(statSync(journalOf(run.runDir)).size).toBe(end);
  });

  test("damage in an early line of the last batch makes the good lines after it torn too", async () => {
    const run = startRun({ runDir: newRunDir() });
    const { offset } = run.journal.position();
    await run.append(warning("first"), warning("second"));
    flipByte(journalOf(run.runDir), offset + 20);
    const { events, end } = readAll(run.runDir);
    expect(events.map(gist)).toEqual(["run.started"]);
    expect(end.torn?.offset).toBe(offset);
  });

  test("blocks of zeros from a power loss are torn", async () => {
    const run = startRun({ runDir: newRunDir() });
    appendFileSync(journalOf(run.runDir), Buffer.alloc(5000));
    expect(readAll(run.runDir).end.torn?.found).toBe("an unfinished last line of 5000 bytes");
  });
});

describe("damage in the middle", () => {
  test("is refused with file, line, byte and the way out, and nothing is changed", async () => {
    const { runDir, offset } = await damagedRun();
    const before = readFileSync(journalOf(runDir));
    expect(() => readAll(runDir)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringContaining(`${journalOf(runDir)}, line 2, byte ${offset}`),
        details: [
          "Good events of later writes follow it (2), so this is no cut-off write. Nothing was changed.",
          expect.stringContaining("`--repair` goes back to event 1"),
        ],
      }),
    );
    expect(readFileSync(journalOf(runDir))).toEqual(before);
  });

  test("a change of any byte of the middle line is noticed", async () => {
    const run = startRun({ runDir: newRunDir() });
    const from = run.journal.position().offset;
    await run.append(warning("x"));
    const to = run.journal.position().offset;
    await run.append(warning("y"));
    const whole = readFileSync(journalOf(run.runDir));
    for (let position = from; position < to; position += 1) {
      const damaged = Buffer.from(whole);
      damaged[position] = (damaged[position] ?? 0) ^ 1;
      writeFileSync(journalOf(run.runDir), damaged);
      expect(() => readAll(run.runDir)).toThrow("The journal is damaged");
    }
  });

  test("a missing line is damage; a missing last batch goes unnoticed", async () => {
    const run = startRun({ runDir: newRunDir() });
    const from = run.journal.position().offset;
    await run.append(warning("gone"));
    const to = run.journal.position().offset;
    await run.append(warning("stays"));
    const whole = readFileSync(journalOf(run.runDir));
    writeFileSync(journalOf(run.runDir), Buffer.concat([whole.subarray(0, from), whole.subarray(to)]));
    expect(() => readAll(run.runDir)).toThrow("found event 3 where event 2 belongs");
  });

  test("a flipped line feed between the last two batches hides neither", async () => {
    const run = startRun({ runDir: newRunDir() });
    await run.append(warning("x"));
    const lineFeedAt = run.journal.position().offset - 1;
    await run.append(warning("y"));
    flipByte(journalOf(run.runDir), lineFeedAt);
    expect(() => readAll(run.runDir)).toThrow("The journal is damaged");
  });

  test("--repair goes back to the last good event and keeps what it cuts", async () => {
    const { runDir, offset } = await damagedRun();
    const before = readFileSync(journalOf(runDir));
    writeFileSync(join(runDir, "checkpoint.json"), "{}");

    expect(repairJournal({ runDir })).toEqual({
      lastSeq: 1,
      cutBytes: before.length - offset,
      keptIn: `${journalOf(runDir)}.cut-${offset}`,
      stepsKeptIn: null,
      found: expect.stringContaining("checksum does not match"),
    });
    expect(readFileSync(`${journalOf(runDir)}.cut-${offset}`)).toEqual(before.subarray(offset));
    expect(existsSync(join(runDir, "checkpoint.json"))).toBe(false);
    expect(repairJournal({ runDir })).toBeNull();

    const resumed = resumeRun({ runDir });
    await resumed.append(runResumed(runDir));
    expect(readAll(runDir).events.map(gist)).toEqual(["run.started", "run.resumed"]);
  });

  test("a second repair at the same place keeps both cuts", async () => {
    const { runDir, offset } = await damagedRun();
    writeFileSync(`${journalOf(runDir)}.cut-${offset}`, "an earlier cut");
    expect(repairJournal({ runDir })?.keptIn).toBe(`${journalOf(runDir)}.cut-${offset}.1`);
    expect(readFileSync(`${journalOf(runDir)}.cut-${offset}`, "utf8")).toBe("an earlier cut");
  });
});

function flipByte(path: string, position: number): void {
  const bytes = readFileSync(path);
  bytes[position] = (bytes[position] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

async function damagedRun() {
  const run = startRun({ runDir: newRunDir() });
  const { offset } = run.journal.position();
  await run.append(warning("damaged"));
  await run.append(warning("good"));
  await run.append(warning("also good"));
  flipByte(journalOf(run.runDir), offset + 30);
  return { runDir: run.runDir, offset };
}
