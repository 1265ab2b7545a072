import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LeaseLost } from "../../../src/core/ports.ts";
import { readJournal } from "../../../src/store/journal-reader.ts";
import { sealText } from "../../../src/store/sealed-text.ts";
import { gist, readAll, startRun, stamp, temporaryDirectory, warning } from "./run-fixture.ts";

const newRunDir = () => join(temporaryDirectory(), "demo-default");
const journalOf = (runDir: string) => join(runDir, "journal.jsonl");

describe("append", () => {
  test("what was appended is read back, in order and in batches", async () => {
    const run = startRun({ runDir: newRunDir() });
    const written = await run.append(warning("a"), warning("b"));
    await run.append(warning("c"));

    const { events, end } = readAll(run.runDir);
    expect(events.map((event) => [event.seq, event.batch, event.lease, gist(event)])).toEqual([
      [1, 1, 1, "run.started"],
      [2, 2, 1, "a"],
      [3, 2, 1, "b"],
      [4, 4, 1, "c"],
    ]);
    expect(events.slice(1, 3)).toEqual(written);
    expect(end).toEqual({ ...run.journal.position(), torn: null });
    expect(end.offset).toBe(statSync(journalOf(run.runDir)).size);
  });

  test("a line is JSON with the envelope first and the checksum last", async () => {
    const run = startRun({ runDir: newRunDir() });
    await run.append(warning("hello"));
    expect(readFileSync(journalOf(run.runDir), "utf8").split("\n")[1]).toMatchInlineSnapshot(
      `"{"seq":2,"batch":2,"lease":1,"at":"2026-03-01T10:00:00.000Z","type":"warning","code":"test","message":"hello","sum":"c978fdd1"}"`,
    );
  });

  test("an event out of sequence or of another lease is refused and writes nothing", async () => {
    const { journal, runDir } = startRun({ runDir: newRunDir() });
    const before = readFileSync(journalOf(runDir));
    await expect(journal.append(stamp([warning("x")], 7, 1))).rejects.toThrow("event 8 of lease 1");
    await expect(journal.append(stamp([warning("x")], 1, 2))).rejects.toThrow("event 2 of lease 2");
    expect(readFileSync(journalOf(runDir))).toEqual(before);
  });

  test("nothing is written once the lock is lost", async () => {
    let held = true;
    const run = startRun({ runDir: newRunDir(), stillHeld: () => held });
    held = false;
    await expect(run.append(warning("late"))).rejects.toThrow(LeaseLost);
    held = true;
    await expect(run.append(warning("later still"))).rejects.toThrow(LeaseLost);
    expect(readAll(run.runDir).events.map(gist)).toEqual(["run.started"]);
  });

  test("a journal removed during the run is noticed", async () => {
    const run = startRun({ runDir: newRunDir() });
    rmSync(run.runDir, { recursive: true });
    await expect(run.append(warning("x"))).rejects.toThrow("was removed while its run was going on");
  });

  test("a run that lost its journal is not started over silently", () => {
    const runDir = newRunDir();
    startRun({ runDir });
    writeFileSync(join(runDir, "run.json"), "{}");
    expect(() => startRun({ runDir })).toThrow("there is a journal already");
    rmSync(journalOf(runDir));
    expect(() => startRun({ runDir })).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining("has lost its journal") }),
    );
  });
});

describe("reading", () => {
  test("continues where it stopped while the journal grows", async () => {
    const run = startRun({ runDir: newRunDir() });
    const { end } = readAll(run.runDir);
    await run.append(warning("new"));
    const seen: string[] = [];
    readJournal({ runDir: run.runDir, from: end, visit: (event) => seen.push(gist(event)) });
    expect(seen).toEqual(["new"]);
  });

  test("lines longer than one read are joined", async () => {
    const run = startRun({ runDir: newRunDir() });
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, key) => [`k${key}`, "é".repeat(30_000)]));
    await run.append({
      type: "attempt.finished",
      step: 1,
      attempt: 1,
      outputs: many,
      source: "script",
      session: null,
      duration_ms: 1,
    });
    expect(readAll(run.runDir).events[1]).toMatchObject({ outputs: many });
  });

  test("a newer format is refused by name", async () => {
    const runDir = newRunDir();
    startRun({ runDir });
    const [line = ""] = readFileSync(journalOf(runDir), "utf8").split("\n");
    const newer = JSON.stringify({ ...JSON.parse(line), format: 2, sum: undefined });
    writeFileSync(journalOf(runDir), `${sealText(newer).text}\n`);
    expect(() => readAll(runDir)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining("has format 2") }),
    );
  });

  test("fields that this version does not know are kept", async () => {
    const runDir = newRunDir();
    startRun({ runDir });
    const unknown = {
      seq: 2,
      batch: 2,
      lease: 1,
      at: "x",
      type: "warning",
      code: "c",
      message: "m",
      later: [1],
    };
    appendFileSync(journalOf(runDir), `${sealText(JSON.stringify(unknown)).text}\n`);
    expect(readAll(runDir).events[1]).toEqual(unknown);
  });

  test("a missing journal is a usage error", () => {
    expect(() => readAll(newRunDir())).toThrow("There is no journal at");
  });
});
