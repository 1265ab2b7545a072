import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readSnapshot, writeSnapshot } from "../../../src/store/snapshot.ts";
import { sealText } from "../../../src/store/sealed-text.ts";
import { repairJournal } from "../../../src/store/journal-cut.ts";
import { failingFiles } from "../../support/failing-files.ts";
import { readAll, startRun, stateOf, temporaryDirectory, warning } from "./run-fixture.ts";

async function runWithSnapshot(context = {}) {
  const run = startRun({ runDir: join(temporaryDirectory(), "demo-default") });
  await run.append(warning("two"));
  const position = run.journal.position();
  const state = stateOf({ seq: position.seq, context });
  const { journalSum } = writeSnapshot({ runDir: run.runDir, state, position });
  await run.append(warning("three"));
  return { ...run, state, position, journalSum, path: join(run.runDir, "checkpoint.json") };
}

test("restores state and position, large values included", async () => {
  const { runDir, state, position, journalSum } = await runWithSnapshot({
    large: "x".repeat(100_000),
    lookalike: { $blob: "abc" },
  });
  expect(readSnapshot({ runDir, verify: true })).toEqual({ state, position, journalSum });
});

test("begins with a summary for display", async () => {
  const { path } = await runWithSnapshot({ large: "x".repeat(100_000) });
  const content = JSON.parse(readFileSync(path, "utf8"));
  expect(Object.keys(content).join(" ")).toBe(
    "format seq node step visits session recovery lease offset line_sum journal_crc state sum",
  );
  expect(content).toMatchObject({ format: 1, seq: 2, node: "plan", step: null });
  expect(content.state.context.large).toEqual({ $blob: expect.any(String), bytes: 100_002 });
});

describe("is ignored", () => {
  test("when it is cut off at any byte or any byte is changed", async () => {
    const { runDir, path } = await runWithSnapshot();
    const whole = readFileSync(path);
    for (let position = 0; position < whole.length; position += 1) {
      writeFileSync(path, whole.subarray(0, position));
      expect(readSnapshot({ runDir })).toBeUndefined();
      const changed = Buffer.from(whole);
      changed[position] = (changed[position] ?? 0) ^ 1;
      writeFileSync(path, changed);
      expect(readSnapshot({ runDir })).toBeUndefined();
    }
  });

  test("when the journal or a value that it refers to is missing", async () => {
    const { runDir } = await runWithSnapshot({ large: "x".repeat(100_000) });
    rmSync(join(runDir, "blobs"), { recursive: true });
    expect(readSnapshot({ runDir })).toBeUndefined();
    rmSync(join(runDir, "journal.jsonl"));
    expect(readSnapshot({ runDir })).toBeUndefined();
  });

  test("when a state of an older version lacks a field", async () => {
    const { runDir, state, position } = await runWithSnapshot();
    const { detours: _, ...older } = state;
    writeSnapshot({ runDir, state: { ...older } as typeof state, position }); // as an older version wrote it
    expect(readSnapshot({ runDir })).toBeUndefined();
  });

  test("when a repair went back to before it", async () => {
    const { runDir, path } = await runWithSnapshot();
    const whole = readFileSync(path);
    flipByte(runDir, secondLineOf(runDir) + 20);
    repairJournal({ runDir });
    expect(readSnapshot({ runDir })).toBeUndefined();
    expect(readFileSync(`${path}.before-repair`)).toEqual(whole);
  });
});

describe("a journal that does not fit it is refused", () => {
  test("when it ends before the snapshot, at any byte", async () => {
    const { runDir, position } = await runWithSnapshot();
    const whole = readFileSync(journalOf(runDir));
    const firstLineEnd = secondLineOf(runDir);
    for (let size = firstLineEnd; size < position.offset; size += 1) {
      writeFileSync(journalOf(runDir), whole.subarray(0, size));
      expect(() => readSnapshot({ runDir })).toThrow(
        expect.objectContaining({
          exitCode: 2,
          message: expect.stringMatching(
            new RegExp(`lost events: .* up to event 2, byte ${position.offset}, but it has ${size} bytes`),
          ),
          lastGood: expect.objectContaining({ seq: 1, offset: firstLineEnd }),
        }),
      );
    }
    writeFileSync(journalOf(runDir), whole.subarray(0, position.offset));
    expect(readSnapshot({ runDir })?.position).toEqual(position);
  });

  test("until --repair keeps the rest of the journal and moves the checkpoint aside", async () => {
    const { runDir, path } = await runWithSnapshot();
    writeFileSync(journalOf(runDir), readFileSync(journalOf(runDir)).subarray(0, secondLineOf(runDir) + 9));
    expect(repairJournal({ runDir })).toMatchObject({ lastSeq: 1, cutBytes: 9 });
    expect(readAll(runDir).end).toMatchObject({ seq: 1, torn: null });
    expect(readSnapshot({ runDir })).toBeUndefined();
    expect(existsSync(`${path}.before-repair`)).toBe(true);
    expect(repairJournal({ runDir })).toBeNull();
  });

  test("also after a repair that the disk stopped anywhere: no files of later attempts stay in the way", async () => {
    const stops: string[] = [];
    for (let operation = 1, stopped = true; stopped; operation += 1) {
      const { runDir } = await runWithSnapshot();
      const late = "000002-late/attempts/01";
      mkdirSync(join(runDir, "steps", late), { recursive: true });
      // Whole lines are gone, so only the checkpoint reveals the damage.
      writeFileSync(journalOf(runDir), readFileSync(journalOf(runDir)).subarray(0, secondLineOf(runDir)));
      const { files, failed } = failingFiles(operation, "EIO");
      try {
        repairJournal({ runDir, files });
      } catch {
        stops.push(failed() ?? "none");
        repairJournal({ runDir });
      }
      stopped = failed() !== undefined;
      expect(repairJournal({ runDir })).toBeNull();
      expect(existsSync(join(runDir, "steps", "000002-late"))).toBe(false);
      expect(existsSync(join(runDir, "steps.before-repair", late))).toBe(true);
    }
    expect(stops.filter((stop) => stop.startsWith("rename"))).toHaveLength(2);
  });

  test("when a different line ends at its place", async () => {
    const first = await runWithSnapshot();
    const other = startRun({ runDir: join(temporaryDirectory(), "demo-default") });
    await other.append(warning("TWO"));
    const bytes = readFileSync(journalOf(other.runDir));
    expect(bytes.length).toBe(other.journal.position().offset);
    writeFileSync(journalOf(first.runDir), bytes);
    expect(() => readSnapshot({ runDir: first.runDir })).toThrow("but a different line ends there");
  });

  test("when any byte before it has changed and it is verified, naming the damaged line", async () => {
    const { runDir, position } = await runWithSnapshot();
    const whole = readFileSync(journalOf(runDir));
    for (let at = 0; at < position.offset; at += 1) {
      writeFileSync(journalOf(runDir), whole);
      flipByte(runDir, at);
      expect(() => readSnapshot({ runDir, verify: true })).toThrow(
        at < secondLineOf(runDir) ? /journal.jsonl/ : /The journal is damaged: .* line 2/,
      );
    }
  });

  test("when sound lines before it were replaced by other sound lines", async () => {
    const first = await runWithSnapshot();
    const other = startRun({ runDir: join(temporaryDirectory(), "demo-default") });
    await other.append(warning("two"));
    const bytes = readFileSync(journalOf(first.runDir));
    const theirs = readFileSync(journalOf(other.runDir)).subarray(0, secondLineOf(other.runDir));
    writeFileSync(
      journalOf(first.runDir),
      Buffer.concat([theirs, bytes.subarray(secondLineOf(first.runDir))]),
    );
    expect(readSnapshot({ runDir: first.runDir })).toBeDefined();
    expect(() => readSnapshot({ runDir: first.runDir, verify: true })).toThrow(
      "the bytes before that differ",
    );
  });
});

test("a checkpoint of a newer format is refused", async () => {
  const { runDir, path } = await runWithSnapshot();
  const newer = readFileSync(path, "utf8")
    .replace('"format":1', '"format":2')
    .replace(/,"sum":"[0-9a-f]{8}"\}$/, "}");
  writeFileSync(path, sealText(newer).text);
  expect(() => readSnapshot({ runDir })).toThrow("has format 2 (");
  expect(() => repairJournal({ runDir })).toThrow("has format 2 (");
});

const journalOf = (runDir: string): string => join(runDir, "journal.jsonl");

const secondLineOf = (runDir: string): number => readFileSync(journalOf(runDir)).indexOf("\n") + 1;

function flipByte(runDir: string, position: number): void {
  const path = journalOf(runDir);
  const bytes = readFileSync(path);
  bytes[position] = (bytes[position] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
