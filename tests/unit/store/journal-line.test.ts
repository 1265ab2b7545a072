import * as fc from "fast-check";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { JournalEvent } from "../../../src/core/event.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { openBlobs } from "../../../src/store/blobs.ts";
import { repairJournal } from "../../../src/store/journal-cut.ts";
import { decodeLine, encodeLine } from "../../../src/store/journal-line.ts";
import { AT, gist, readAll, startRun, temporaryDirectory, warning } from "./run-fixture.ts";

const LARGE = "x".repeat(64 * 1024);

const finished = (outputs: JsonObject, set: JsonObject = {}): JournalEvent => ({
  seq: 7,
  batch: 7,
  lease: 1,
  at: AT,
  path: ["plan"],
  type: "step.finished",
  step: 3,
  node: "plan",
  outputs,
  sources: {},
  set,
  next: "end",
  duration_ms: 5,
});

function roundTrip(event: JournalEvent, runDir = temporaryDirectory()) {
  const { text } = encodeLine(event, openBlobs(runDir));
  expect(text.endsWith("\n")).toBe(true);
  expect(text.indexOf("\n")).toBe(text.length - 1);
  const decoded = decodeLine(Buffer.from(text.slice(0, -1), "utf8"), openBlobs(runDir));
  return { text, decoded: decoded.ok ? decoded.event : decoded };
}

describe("round trip", () => {
  const blobKey = fc.constantFrom("$blob", "value", "bytes", "sum", "__proto__", "a");
  const json = fc.jsonValue({ maxDepth: 3, stringUnit: "binary" });
  const value = fc.oneof(
    json,
    fc.dictionary(blobKey, json),
    fc.constant(LARGE),
    fc.constant({ list: [LARGE] }),
  );
  const values = fc.dictionary(fc.oneof(fc.string(), blobKey), value, { maxKeys: 4 });

  test("any outputs are restored unchanged, large and strange ones too", () => {
    const runDir = temporaryDirectory();
    fc.assert(
      fc.property(values, values, (outputs, set) => {
        // JSON has no -0, so a model's answer cannot contain one either.
        const event = finished(JSON.parse(JSON.stringify(outputs)), JSON.parse(JSON.stringify(set)));
        expect(roundTrip(event, runDir).decoded).toEqual(event);
      }),
      { numRuns: 300 },
    );
  });

  test("any changed byte of a line is noticed", () => {
    const blobs = openBlobs(temporaryDirectory());
    const bytes = Buffer.from(encodeLine(finished({ key: "värde" }), blobs).text.slice(0, -1), "utf8");
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (position, change) => {
        const changed = Buffer.from(bytes);
        changed[position] = (changed[position] ?? 0) ^ change;
        expect(decodeLine(changed, blobs).ok).toBe(false);
      }),
    );
  });
});

describe("large values", () => {
  test.each([
    ["64 KiB of JSON stays in the line", "y".repeat(64 * 1024 - 2), 0],
    ["one byte more goes to blobs/", "y".repeat(64 * 1024 - 1), 1],
    ["bytes count, not characters", "é".repeat(32 * 1024), 1],
  ])("%s", (_, text, blobs) => {
    const runDir = temporaryDirectory();
    const event = finished({ text });
    expect(roundTrip(event, runDir).decoded).toEqual(event);
    expect(blobsOf(runDir)).toHaveLength(blobs);
  });

  test("a value is stored once, as its JSON, under its SHA-256", () => {
    const runDir = temporaryDirectory();
    const { text } = roundTrip(finished({ one: LARGE, two: LARGE }, { three: LARGE }), runDir);
    const [name = ""] = blobsOf(runDir);
    expect(blobsOf(runDir)).toHaveLength(1);
    expect(readFileSync(join(runDir, "blobs", name), "utf8")).toBe(JSON.stringify(LARGE));
    expect(JSON.parse(text).outputs.one).toEqual({ $blob: name, bytes: LARGE.length + 2 });
  });

  test("prompts and a start's values are stored there too", () => {
    const runDir = temporaryDirectory();
    const started: JournalEvent = {
      seq: 2,
      batch: 2,
      lease: 1,
      at: AT,
      type: "attempt.started",
      step: 1,
      attempt: 1,
      mode: "task",
      session: null,
      timeout_ms: 1,
      prompt: `${LARGE}!`,
    };
    const { text, decoded } = roundTrip(started, runDir);
    expect(text.length).toBeLessThan(400);
    expect(decoded).toEqual(started);
  });

  test("a user's own object that looks like a reference survives", () => {
    const lookalike = { $blob: "0".repeat(64), bytes: 3 };
    const event = finished({ lookalike, nested: { deep: lookalike } });
    const { text, decoded } = roundTrip(event);
    expect(decoded).toEqual(event);
    expect(JSON.parse(text).outputs.lookalike).toEqual({ $blob: null, value: lookalike });
  });

  test.each([
    ["missing", (path: string) => rmSync(path), "is missing"],
    ["changed", (path: string) => writeFileSync(path, `"${LARGE} "`), "was changed"],
  ])("a %s value damages the line that refers to it", async (_, harm, found) => {
    const run = startRun({ runDir: join(temporaryDirectory(), "demo-default") });
    await run.append(warning("good"));
    const { seq: _seq, batch: _batch, lease: _lease, at: _at, ...body } = finished({ large: LARGE });
    await run.append(body);
    await run.append(warning("later"));
    harm(join(run.runDir, "blobs", blobsOf(run.runDir)[0] ?? ""));
    expect(() => readAll(run.runDir)).toThrow(found);
  });

  test("a missing value of the last batch is not a torn tail: nothing is cut, and the way out is named", async () => {
    const run = startRun({ runDir: join(temporaryDirectory(), "demo-default") });
    const { seq: _seq, batch: _batch, lease: _lease, at: _at, ...body } = finished({ large: LARGE });
    await run.append(body);
    rmSync(join(run.runDir, "blobs"), { recursive: true });
    expect(() => readAll(run.runDir)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^A value of this run is lost: .*journal\.jsonl, line 2, is whole/),
        details: [expect.stringContaining("Bring that file back"), expect.stringContaining("to event 1")],
      }),
    );
    expect(repairJournal({ runDir: run.runDir })).toMatchObject({ lastSeq: 1 });
    expect(readAll(run.runDir).events.map(gist)).toEqual(["run.started"]);
  });
});

const blobsOf = (runDir: string): string[] => {
  try {
    return readdirSync(join(runDir, "blobs"));
  } catch {
    return [];
  }
};
